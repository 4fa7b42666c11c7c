import type { Command } from 'commander';
import { type Answer, give } from '../answers/answer.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { EXIT } from '../exit-codes.js';
import { type FsckReport, hubFsck } from '../log/hub-fsck.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Setting } from './setting.js';

interface FsckOptions {
  readonly database?: string;
  readonly data?: string;
  readonly policy?: string;
}

const HELP = `
For the operator of a hub, on its machine or with its database: re-reads the whole log as it is stored, recomputes all that follows from
its entries, and holds channels, bodies and erasures against it. Reads only; the hub may be at work. Ends with 0 where everything
holds, with 7 where anything does not.

The database is, in this order: --database, LIAISON_DATABASE_URL (or _FILE), the embedded one in --data or LIAISON_DATA. A connection string
holds a password and a command line can be read by others of the machine: better name a file that holds it.

Examples:
  liaison log fsck                                       the hub of "npm start"
  liaison log fsck --database /run/secrets/database-url
  liaison log fsck --policy policy.txt                   with keys from elsewhere than the database itself`;

export function registerLogFsck(log: Command, setting: Setting): void {
  log
    .command('fsck')
    .description('check the log in a hub’s database: every entry, tile, checkpoint, event and erasure')
    .option('--database <url or file>', 'PostgreSQL connection string, or a file that holds it')
    .option('--data <folder>', 'the data folder of a hub with the embedded PostgreSQL')
    .option(
      '--policy <file>',
      'the keys to hold checkpoints against, as a C2SP tlog-policy; default: the roster in the database',
    )
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const { host, end } = setting;
      const options = command.optsWithGlobals<FsckOptions & GlobalOptions>();
      const report = await hubFsck({
        program: host.hubProgram,
        settings: { LIAISON_DATA: options.data ?? host.environment.dataFolder, ...databaseOf(options) },
        policy: options.policy,
        remark: host.terminal.remark,
      });
      give(fsckAnswer(report, host.terminal), host.terminal, options.json);
      if (report.faults.length > 0) end(EXIT.alarm);
    });
}

/** `--data` means the embedded one, whatever the environment says of another. */
function databaseOf({ database, data }: FsckOptions): Record<string, string> {
  const none = { LIAISON_DATABASE_URL: '', LIAISON_DATABASE_URL_FILE: '', LIAISON_DATABASE_OWNER_URL: '' };
  if (database === undefined) return data === undefined ? {} : none;
  const isUrl = /^postgres(ql)?:\/\//.test(database);
  return { ...none, [isUrl ? 'LIAISON_DATABASE_URL' : 'LIAISON_DATABASE_URL_FILE']: database };
}

function fsckAnswer(report: FsckReport, { palette }: Terminal): Answer {
  const { entries, checkpoints, events, erased, faults, keys } = report;
  const whose = keys === 'roster' ? 'the roster in this database' : 'the policy given';
  return {
    json: { holds: faults.length === 0, ...report },
    lines: () => [
      `${entries} entries, ${checkpoints} checkpoints under the keys of ${whose}, ${events} events of channels, ${erased} records erased.`,
      ...faults.map((fault) => `${palette.red('FAILS')}  ${safeText(fault)}`),
      faults.length === 0 ? 'This log holds.' : palette.red('This log does not hold.'),
    ],
  };
}
