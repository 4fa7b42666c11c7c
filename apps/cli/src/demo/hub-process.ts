import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { httpTransport, type HubTransport } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import { environmentOfChild } from '../config/environment.js';

/** A hub that the demo may use. */
export interface RunningHub {
  readonly url: string;
  /** Stops it where the demo started it. */
  stop(): Promise<void>;
}

/** @returns whether a hub answers there and is ready. */
export async function isReady(transport: HubTransport): Promise<boolean> {
  try {
    await transport.request('ready', {});
    return true;
  } catch {
    return false;
  }
}

export interface HubStart {
  /** Absolute path of the hub's main.js. */
  readonly program: string;
  readonly dataFolder: string;
  readonly port: number;
  /** Whether this process's LIAISON_ settings, such as a database, are the hub's too. */
  readonly inherit: boolean;
  readonly wait: (milliseconds: number) => Promise<void>;
}

const PATIENCE_MS = 60_000;
const POLL_MS = 100;
const OUTPUT_KEPT = 4000;

/** Starts a hub as a child process and waits until it is ready. @throws LiaisonError `unavailable` with its last words. */
export async function startHub({ program, dataFolder, port, inherit, wait }: HubStart): Promise<RunningHub> {
  const url = `http://127.0.0.1:${port}`;
  const place = { LIAISON_DATA: dataFolder, LIAISON_PORT: String(port), LIAISON_HOST: '127.0.0.1' };
  // It is asked by plain HTTP, on this machine alone.
  const env = { ...environmentOfChild(place, inherit), LIAISON_TLS_CERT: undefined, LIAISON_TLS_KEY: undefined };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_KEPT)));
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const transport = httpTransport({ hubUrl: url, timeoutMs: 2000 });
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (await isReady(transport)) return { url, stop };
    if (child.exitCode !== null || child.signalCode !== null) break;
    await wait(POLL_MS);
  }
  await stop();
  throw new LiaisonError('unavailable', `The hub could not be started. Its last words: ${output.trim() || '(none)'}`);
}

/** A port of this machine that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new LiaisonError('internal', 'There is no free port.');
  return address.port;
}
