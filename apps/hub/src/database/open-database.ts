import { join } from 'node:path';
import { startEmbeddedPostgres } from '#liaison/embedded-postgres.node';
import type { RandomSource } from '#liaison/protocol';
import type { Configuration } from '../config/configuration.js';
import type { Shutdown } from '../lifecycle/shutdown.js';
import type { HubLog } from '../observability/hub-log.js';
import { APP_ROLE, OWNER_ROLE } from './roles.js';

/** Connection strings; they hold passwords. */
export interface DatabaseUrls {
  readonly app: string;
  /** Absent where the operator runs the migrations apart. */
  readonly owner?: string | undefined;
}

export interface OpenDatabase {
  readonly urls: DatabaseUrls;
  /** Resolves when the embedded PostgreSQL ends by itself. */
  readonly lost: Promise<void>;
}

/** The name of the embedded one. */
export const DATABASE = 'liaison';

/** Where the embedded PostgreSQL keeps its cluster and passwords. */
export function embeddedCluster({ dataFolder }: Pick<Configuration, 'dataFolder'>): string {
  return join(dataFolder, 'postgres');
}

/** The database of the configuration, else an embedded PostgreSQL in the data folder, which is stopped last of all. */
export async function openDatabase(
  configuration: Configuration,
  random: RandomSource,
  { log, shutdown }: { log: HubLog; shutdown: Shutdown },
): Promise<OpenDatabase> {
  const { databaseUrl, databaseOwnerUrl } = configuration;
  const { promise: lost, resolve: onExit } = deferred();
  if (databaseUrl !== undefined) return { urls: { app: databaseUrl, owner: databaseOwnerUrl }, lost };
  const postgres = await startEmbeddedPostgres({
    dataFolder: embeddedCluster(configuration),
    random,
    log: (message) => {
      log.info('Embedded PostgreSQL.', { told: message });
    },
    roles: [OWNER_ROLE, APP_ROLE],
    databases: { [DATABASE]: OWNER_ROLE },
    onExit,
  });
  shutdown.at('stop-database', () => postgres.stop());
  return { urls: { app: postgres.url(DATABASE, APP_ROLE), owner: postgres.url(DATABASE, OWNER_ROLE) }, lost };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
