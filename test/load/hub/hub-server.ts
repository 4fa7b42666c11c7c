import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiaisonError } from '#liaison/protocol';
import { builtFile } from '../built-file.js';
import { ServerProcess } from '../processes/server-process.js';
import { callHub } from './hub-http.js';

export interface RunningHub {
  readonly server: ServerProcess;
  readonly port: number;
  /** From the start of the process to the first time it was ready. */
  readonly startMilliseconds: number;
}

export interface HubPlace {
  readonly dataFolder: string;
  /** Absent: the hub starts its own PostgreSQL in the data folder. */
  readonly database?: { readonly url: string; readonly ownerUrl: string };
  /** Default: any free one. A later start of the same hub takes the port of the first, for its log is bound to its origin. */
  readonly port?: number;
  /** Default: the hub. */
  readonly entry?: string;
}

const START_LIMIT_MS = 60_000;

/** The built hub as operators start it, every check on, on a loopback port. */
export async function startHub({ dataFolder, database, ...place }: HubPlace): Promise<RunningHub> {
  const port = place.port ?? (await freePort());
  const started = performance.now();
  const server = ServerProcess.start({
    name: 'hub',
    entry: builtFile(place.entry ?? 'apps/hub/src/main.js'),
    // As `npm start` and the container do.
    nodeOptions: ['--max-semi-space-size=32'],
    environment: {
      LIAISON_HOST: '127.0.0.1',
      LIAISON_PORT: String(port),
      LIAISON_ORIGIN: `http://127.0.0.1:${port}`,
      LIAISON_DATA: dataFolder,
      ...(database && { LIAISON_DATABASE_URL: database.url, LIAISON_DATABASE_OWNER_URL: database.ownerUrl }),
    },
  });
  await ready(server, port, started);
  return { server, port, startMilliseconds: performance.now() - started };
}

async function ready(server: ServerProcess, port: number, started: number): Promise<void> {
  for (;;) {
    try {
      await callHub(port, 'ready');
      return;
    } catch (cause) {
      if (server.ended || performance.now() - started > START_LIMIT_MS) {
        await server.stop();
        throw new LiaisonError('unavailable', `The hub did not start. Its last words:\n${server.lastWords}`, { cause });
      }
      await sleep(10);
    }
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || address === null) throw new LiaisonError('unavailable', 'No free port.');
  return address.port;
}
