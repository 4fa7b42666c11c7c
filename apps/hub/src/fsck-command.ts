import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { Configuration } from './config/configuration.js';
import { runFsck } from './log/run-fsck.js';
import { HubLog } from './observability/hub-log.js';

/** What holds not: the same as of the command line. */
const EX_ALARM = 7;
/** A log that is this long takes a while: say how far it is. */
const LONG_LOG = 20_000;
const STEP = 0.05;

/**
 * `main.js fsck [--policy <file>]`, with the settings of the hub: one line of JSON on standard output, progress on standard error.
 * @returns 0 where the log holds, else 7.
 */
export async function fsck(argv: readonly string[], configuration: Configuration): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { policy: { type: 'string' } } });
  let next = STEP;
  const report = await runFsck(values.policy, {
    configuration,
    random: systemRandom,
    log: new HubLog('warn', systemClock, process.stderr),
    onProgress: (done, total) => {
      if (total < LONG_LOG || done < total * next) return;
      next = done / total + STEP;
      process.stderr.write(`${done} of ${total} entries checked.\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.faults.length === 0 ? 0 : EX_ALARM;
}
