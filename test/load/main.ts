import { loadavg } from 'node:os';
import { LiaisonError } from '#liaison/protocol';
import { runBench } from './bench.js';
import { machineText } from './machine.js';
import { readOptions, type BenchOptions } from './options.js';
import { table } from './report.js';
import { judge } from './targets.js';

const started = performance.now();

function log(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

/** Gives up at the time limit, and when asked to stop. */
function limitOf({ limitSeconds }: BenchOptions): AbortSignal {
  const controller = new AbortController();
  const limit = setTimeout(() => {
    controller.abort(`The bench was given up: it took more than ${limitSeconds} s.`);
  }, limitSeconds * 1000);
  limit.unref();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      controller.abort('The bench was stopped.');
    });
  return controller.signal;
}

async function bench(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const [loadBefore = 0] = loadavg();
  const { sections, profiles } = await runBench(options, log, limitOf(options));
  const machine = machineText(loadBefore);
  if (options.json) {
    const verdicts = sections.flatMap(({ measures }) => measures.map(judge)).filter((verdict) => verdict !== undefined);
    process.stdout.write(`${JSON.stringify({ machine, sections, verdicts, profiles }, null, 2)}\n`);
  } else process.stdout.write(`${[...profiles, machine, table(sections)].join('\n\n')}\n`);
}

try {
  await bench();
} catch (error) {
  process.stderr.write(`${error instanceof LiaisonError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
