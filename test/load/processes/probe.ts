import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Loaded with `--import` into a server under measurement: answers what only the process itself knows precisely. The channel to the parent does
 * not keep the server alive, and costs nothing between questions.
 */
export type ProbeQuestion =
  | { readonly ask: 'usage'; readonly afterGc: boolean }
  | { readonly ask: 'start-profile' }
  | { readonly ask: 'stop-profile'; readonly file: string };

export interface ProbeAnswer {
  readonly probe: ProbeQuestion['ask'];
  /** Microseconds of user and system time of all threads. */
  readonly cpu: number;
  /** Of it, the main thread's; absent where the system does not tell. */
  readonly mainThread?: number;
  /** Bytes. */
  readonly heap: number;
}

let profiler: Session | undefined;

async function answer(question: ProbeQuestion): Promise<void> {
  if (question.ask === 'usage' && question.afterGc) globalThis.gc?.();
  if (question.ask === 'start-profile') await startProfile();
  if (question.ask === 'stop-profile') await stopProfile(question.file);
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  const probe: ProbeAnswer = { probe: question.ask, cpu: user + system, ...mainThreadCpu(), heap: heapUsed + external };
  process.send?.(probe);
}

/** Linux: nanoseconds on a core, the first number of /proc/<pid>/task/<thread>/schedstat; the main thread has the process's id. */
function mainThreadCpu(): { readonly mainThread?: number } {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return { mainThread: Number(nanoseconds) / 1000 };
  } catch {
    return {};
  }
}

async function startProfile(): Promise<void> {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.start');
}

async function stopProfile(file: string): Promise<void> {
  if (profiler === undefined) return;
  const { profile } = await profiler.post('Profiler.stop');
  writeFileSync(file, JSON.stringify(profile));
  profiler.disconnect();
}

process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'ask' in message) void answer(message as ProbeQuestion);
});
process.channel?.unref();
