import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.js';

const MAIN = join(import.meta.dirname, '../../../dist/apps/hub/src/main.js');
const START_PATIENCE_MS = 30_000;

export interface HubProcessOptions {
  /** Keys, and PostgreSQL where no database is given: to start again where another was killed, give the same. */
  readonly dataFolder: string;
  readonly port?: number;
  /** Further settings, such as LIAISON_DATABASE_URL. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface HubProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** All that it wrote to standard output and standard error so far. */
  output(): string;
  /** Ends it as a power cut would: nothing is flushed, nobody is told. */
  kill9(): Promise<void>;
  /** Orderly. @returns the exit code. */
  stop(): Promise<number | null>;
}

/** The built hub as a process of its own, ready to serve. @throws Error with what it said, where it does not get there. */
export async function spawnHub(options: HubProcessOptions): Promise<HubProcess> {
  if (!existsSync(MAIN)) throw new Error('The hub is not built. Run: npm run build');
  const port = options.port ?? (await freePort());
  const { child, output } = runHub({
    LIAISON_PORT: String(port),
    LIAISON_DATA: options.dataFolder,
    ...options.environment,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, output);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    output,
    kill9: async () => {
      await end(child, 'SIGKILL');
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

/** Runs the built hub until it ends by itself: for starts that must fail. */
export async function runHubToItsEnd(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const { child, output } = runHub(environment);
  await once(child, 'close');
  return { code: child.exitCode, output: output() };
}

/** As in the Dockerfile. Nothing of the surrounding environment but what Node needs: a developer's settings do not leak into tests. */
function runHub(environment: Readonly<Record<string, string>>): { child: ChildProcess; output: () => string } {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const env = { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...environment };
  const child = spawn(process.execPath, ['--max-semi-space-size=32', MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  return { child, output: () => pieces.join('') };
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const end = Date.now() + START_PATIENCE_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The hub ended at its start: ${output()}`);
    if (Date.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`The hub was not ready in time: ${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
  return child.exitCode;
}
