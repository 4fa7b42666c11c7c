import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cryptoReady } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#liaison/embedded-postgres.node';
import { LiaisonError } from '#liaison/protocol';
import pg from 'pg';
import { messageSection } from './client-cost/message-cost.js';
import { mlsSections } from './client-cost/mls-cost.js';
import { sendSection } from './client-cost/send-cost.js';
import { ceilingTarget } from './ceiling/ceiling-target.js';
import { type Arena, compareShape, type Contender, runRound } from './compare-shape.js';
import { builtFile } from './built-file.js';
import { Cleanup } from './cleanup.js';
import { profileText, summarizeProfile } from './cpu-profile.js';
import { FULL_GRANT, grantSection, SMALL_GRANT } from './grant-cost.js';
import type { LoadTarget } from './generator/load.js';
import { EVEN_BODY_BYTES } from './generator/message-frames.js';
import { startHub } from './hub/hub-server.js';
import { hubTarget } from './hub/load-channels.js';
import { foundLoadCommunity, type LoadCommunity } from './hub/load-community.js';
import { logCostSection, logSection } from './log-cost.js';
import { migrate } from '../../apps/hub/src/database/migrate.js';
import { idleSection } from './idle-memory.js';
import type { Section } from './measures.js';
import type { BenchOptions, Part } from './options.js';
import { GeneratorProcess } from './processes/generator-process.js';
import { postgresCpu } from './processes/postgres-cpu.js';
import { ServerProcess } from './processes/server-process.js';
import { FULL_SCALE, scaleSection, SMALL_SCALE } from './scale.js';
import { FULL_SIZE, SHAPES } from './shapes.js';
import { startSection } from './start-time.js';

const DATABASE_ROLES = ['liaison_owner', 'liaison_app', 'ceiling'];
const DATABASES = {
  liaison: 'liaison_owner',
  leafless: 'liaison_owner',
  log: 'liaison_owner',
  ceiling: 'ceiling',
};
const SERVER_PARTS: readonly Part[] = ['room', 'pairs', 'idle', 'client', 'log'];
const PROFILED_MESSAGES = 6_000;

export interface BenchOutput {
  readonly sections: readonly Section[];
  /** With --profile: text to print. */
  readonly profiles: readonly string[];
}

/**
 * Runs the parts asked for. Everything lives in a folder and in processes of its own, and is gone afterwards.
 * @param signal gives up: whatever runs is stopped.
 */
export async function runBench(
  options: BenchOptions,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchOutput> {
  await cryptoReady();
  const folder = mkdtempSync(join(tmpdir(), 'liaison-bench-'));
  // Run by root, PostgreSQL has another account, which has to pass this folder.
  chmodSync(folder, 0o711);
  try {
    const servers = SERVER_PARTS.some((part) => options.parts.has(part))
      ? await withServers(folder, options, log, signal)
      : { sections: [], profiles: [] };
    return { ...servers, sections: [...servers.sections, ...(await clientSections(folder, options, log))] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function clientSections(folder: string, options: BenchOptions, log: (line: string) => void): Promise<Section[]> {
  const sections: Section[] = [];
  if (options.parts.has('client')) {
    log('client, one message');
    sections.push(await messageSection());
  }
  if (options.parts.has('mls')) sections.push(...(await mlsSections(options.quick ? [2, 50] : [2, 50, 200, 500], log)));
  if (options.parts.has('scale') && !options.againstItself)
    sections.push(await scaleSection(join(folder, 'scale'), options.quick ? SMALL_SCALE : FULL_SCALE, log));
  if (options.parts.has('grant') && !options.againstItself)
    sections.push(await grantSection(join(folder, 'grant'), options.quick ? SMALL_GRANT : FULL_GRANT, log));
  if (options.parts.has('start') && !options.againstItself) sections.push(await startSection(folder, log));
  return sections;
}

async function withServers(
  folder: string,
  options: BenchOptions,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchOutput> {
  const cleanup = new Cleanup();
  try {
    const postgres = await startEmbeddedPostgres({
      dataFolder: join(folder, 'postgres'),
      random: systemRandom,
      log,
      roles: DATABASE_ROLES,
      databases: DATABASES,
    });
    cleanup.add(() => postgres.stop());
    return await Promise.race([measureServers({ folder, postgres, options, log, cleanup }), aborted(signal)]);
  } finally {
    await cleanup.run();
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = () => {
      reject(new LiaisonError('unavailable', String(signal.reason)));
    };
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

interface Bench {
  readonly folder: string;
  readonly postgres: EmbeddedPostgres;
  readonly options: BenchOptions;
  readonly log: (line: string) => void;
  readonly cleanup: Cleanup;
}

async function measureServers(bench: Bench): Promise<BenchOutput> {
  const { options, postgres, cleanup, log } = bench;
  const generator = new GeneratorProcess();
  cleanup.add(() => generator.stop());
  const ceiling = await startBareCeiling('ceiling', bench);
  const hub = options.againstItself ? await startBareCeiling('twin', bench) : await startLoadedHub(bench);
  for (const { contender, target } of [ceiling, hub]) await generator.connect(contender.name, target);
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  cleanup.add(() => admin.end());
  const arena: Arena = {
    hub: hub.contender,
    ceiling: ceiling.contender,
    generator,
    databaseCpu: () => postgresCpu(postgres.pid),
    settle: async () => {
      await admin.query('CHECKPOINT');
    },
    rounds: options.rounds,
    seconds: options.seconds,
    isLate: () => false,
    log,
  };
  const shapes = await runShapes(arena, { hub: hub.target, ceiling: ceiling.target }, bench);
  const output = { ...shapes, sections: [...shapes.sections, ...(await logSections(bench, arena))] };
  const [connection] = hub.target.connections;
  if (!options.parts.has('client') || hub.community === undefined || connection === undefined) return output;
  log('the whole client, one message after the other');
  return { ...output, sections: [...output.sections, await sendSection(connection.port, hub.community)] };
}

async function runShapes(
  arena: Arena,
  targets: { readonly hub: LoadTarget; readonly ceiling: LoadTarget },
  { options, folder }: Bench,
): Promise<BenchOutput> {
  const sections: Section[] = [];
  const profiles: string[] = [];
  // First, while nothing has been freed yet that could be used again.
  if (options.parts.has('idle')) sections.push(await idleSection(targets, options.quick ? 200 : 500, arena));
  const shapes = SHAPES.filter(({ part }) => options.parts.has(part));
  for (const [index, shape] of shapes.entries()) {
    const isLate = lateness(options, (index + 2) / (shapes.length + 2));
    sections.push(await compareShape(shape, { ...arena, isLate }));
    if (!options.profile || shape.pace.kind !== 'window') continue;
    for (const contender of [arena.ceiling, arena.hub]) {
      const file = join(folder, `${contender.name}-${shape.id}.cpuprofile`);
      await contender.server.startProfile();
      await runRound(shape, contender, PROFILED_MESSAGES, arena);
      await contender.server.stopProfile(file);
      profiles.push(profileText(`${contender.name}, ${shape.title}`, summarizeProfile(file)));
    }
  }
  return { sections, profiles };
}

/** @param share of the time for rounds, counted from the start of this process. */
function lateness({ roundsSeconds }: BenchOptions, share: number): () => boolean {
  return () => performance.now() / 1000 > roundsSeconds * share;
}

/** By itself the log is tried on a database of its own. */
async function logSections(bench: Bench, arena: Arena): Promise<Section[]> {
  const { postgres, options, log } = bench;
  if (!options.parts.has('log') || options.againstItself) return [];
  const leafless = await startLoadedHub(bench, 'leafless');
  await arena.generator.connect('leafless', leafless.target);
  const isLate = lateness(options, 1);
  const cost = await logCostSection(arena.hub, leafless.contender, { ...arena, isLate });
  await leafless.contender.server.stop();
  log('the log');
  await migrate(postgres.url('log', 'liaison_owner'));
  const size = options.quick ? { seconds: 1, verified: 100_000 } : { seconds: 3, verified: 1_000_000 };
  return [cost, await logSection(postgres.url('log', 'liaison_app'), size)];
}

interface Started {
  readonly contender: Contender;
  readonly target: LoadTarget;
  /** Of the hub. */
  readonly community?: LoadCommunity;
}

async function startBareCeiling(name: string, { postgres, cleanup, options }: Bench): Promise<Started> {
  const server = ServerProcess.start({
    name,
    entry: builtFile('test/load/ceiling/ceiling-server.js'),
    environment: { CEILING_DATABASE_URL: postgres.url('ceiling', 'ceiling') },
  });
  cleanup.add(() => server.stop());
  const port = await server.message((message) =>
    typeof message === 'object' && message !== null && 'listening' in message ? Number(message.listening) : undefined,
  );
  return {
    contender: { name, server },
    target: ceilingTarget(port, FULL_SIZE, options.evenBytes ? EVEN_BODY_BYTES : undefined),
  };
}

async function startLoadedHub(
  { folder, postgres, cleanup, log }: Bench,
  name: 'hub' | 'leafless' = 'hub',
): Promise<Started> {
  log(`starting the ${name === 'hub' ? 'hub' : 'hub without entries in the log'}`);
  const database = name === 'hub' ? 'liaison' : 'leafless';
  const { server, port } = await startHub({
    dataFolder: join(folder, name),
    database: { url: postgres.url(database, 'liaison_app'), ownerUrl: postgres.url(database, 'liaison_owner') },
    ...(name === 'leafless' && { entry: 'test/load/hub/hub-without-leaves.js' }),
  });
  cleanup.add(() => server.stop());
  log(`founding a community of ${FULL_SIZE.devices} devices with a room and pairs`);
  const community = await foundLoadCommunity(port, FULL_SIZE.devices);
  const target = await hubTarget(port, community, FULL_SIZE);
  return { contender: { name, server }, target, community };
}
