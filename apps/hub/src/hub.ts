import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggerService, NestApplicationOptions } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface.js';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { cryptoReady, hubFingerprint } from '#liaison/crypto';
import { AppModule } from './app.module.js';
import type { Configuration } from './config/configuration.js';
import { migrate } from './database/migrate.js';
import { openDatabase, type DatabaseUrls } from './database/open-database.js';
import { openPool } from './database/open-pool.js';
import { requireCurrentSchema, requireLeastPrivilege } from './database/schema-check.js';
import { answerBrokenRequests } from './http/broken-requests.js';
import { frontDoor } from './http/front-door.js';
import { boundHandshakes } from './http/handshake-bound.js';
import { RateLimiter } from './http/rate-limiter.js';
import { tlsOptions } from './http/tls-options.js';
import { RequestsUnderWay } from './http/requests-under-way.js';
import { identityOf } from './hub-keys/identity-command.js';
import { loadHubKeys } from './hub-keys/key-files.js';
import { Shutdown } from './lifecycle/shutdown.js';
import type { HubLog } from './observability/hub-log.js';
import { Metrics } from './observability/metrics.js';
import { NestLog } from './observability/nest-log.js';
import type { Ports } from './ports.js';
import type { Surroundings } from './surroundings.module.js';

export interface Hub {
  /** Where it listens, such as `http://127.0.0.1:4680`. */
  readonly url: string;
  /** Orderly: nothing acknowledged is lost, PostgreSQL ends last. Safe to call again. */
  stop(): Promise<void>;
  /** Resolves when the embedded PostgreSQL ends by itself: the hub cannot go on. */
  readonly databaseLost: Promise<void>;
}

export interface HubOptions extends Ports {
  readonly configuration: Configuration;
  readonly log: HubLog;
}

/** Opens the database, brings its schema up to date, and listens. Whatever fails, nothing is left running. */
export async function startHub({ configuration, log, clock, random }: HubOptions): Promise<Hub> {
  const shutdown = new Shutdown((stage, fault) => {
    log.error('A step of the shutdown failed.', fault, { stage });
  });
  try {
    await cryptoReady();
    const { urls, lost } = await openDatabase(configuration, random, { log, shutdown });
    await prepareSchema(urls, log);
    const keys = loadHubKeys(configuration, random);
    const metrics = new Metrics();
    const app = await makeApp({ clock, random, configuration, log, shutdown, keys, metrics }, urls.app);
    const url = await listen(app, configuration);
    const fingerprint = hubFingerprint(identityOf(configuration, keys));
    log.info('The hub listens.', { url, origin: configuration.origin, fingerprint });
    return { url, stop: () => shutdown.run(), databaseLost: lost };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function prepareSchema(urls: DatabaseUrls, log: HubLog): Promise<void> {
  if (urls.owner !== undefined) {
    for (const migration of await migrate(urls.owner)) log.info('Migrated the database.', { migration });
  }
  const pool = openPool({ connectionString: urls.app, max: 1 });
  try {
    await requireCurrentSchema(pool);
    await requireLeastPrivilege(pool);
  } finally {
    await pool.end();
  }
}

async function makeApp(surroundings: Surroundings, databaseUrl: string): Promise<NestExpressApplication> {
  const { log, shutdown, metrics, configuration } = surroundings;
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.of(surroundings, databaseUrl),
    new ApplicationOptions(new NestLog(log), configuration.tls),
  );
  shutdown.at('close-pools', () => app.close());
  app.set('trust proxy', configuration.trustedProxies);
  app.set('etag', false);
  app.disable('x-powered-by');
  const underWay = new RequestsUnderWay();
  app.use(frontDoor(surroundings, log, metrics, underWay));
  app.use(helmet());
  const server: Server = app.getHttpServer();
  limitTimes(server);
  if (configuration.tls !== undefined && configuration.handshakes === 'bounded')
    boundHandshakes(server, { ...surroundings, limiter: app.get(RateLimiter) });
  answerBrokenRequests(server);
  shutdown.at('stop-accepting', () => {
    stopAccepting(server);
  });
  shutdown.at('drain', () => underWay.done());
  shutdown.at('close-connections', () => {
    server.closeAllConnections();
  });
  return app;
}

class ApplicationOptions extends NestApplicationContextOptions implements NestApplicationOptions {
  /** The guard of the route table reads bodies, after authentication and by the row's limit. */
  readonly bodyParser = false;
  override readonly abortOnError = false;

  readonly httpsOptions?: ReturnType<typeof tlsOptions>;

  constructor(
    override readonly logger: LoggerService,
    tls: Configuration['tls'],
  ) {
    super();
    if (tls !== undefined) this.httpsOptions = tlsOptions(tls);
  }
}

/** Slow senders do not hold a connection for long. */
function limitTimes(server: Server): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 15_000;
}

/** Requests under way are answered; their connections close as they are done. */
function stopAccepting(server: Server): void {
  if (server.listening) server.close();
  server.closeIdleConnections();
}

async function listen(app: NestExpressApplication, { host, port, tls }: Configuration): Promise<string> {
  await app.listen(port, host);
  const server: Server = app.getHttpServer();
  const { port: listening } = server.address() as AddressInfo;
  return `http${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${listening}`;
}
