import type { Command } from 'commander';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '#liaison/client.node';
import { LiaisonError, Timestamp } from '#liaison/protocol';
import { findRecord } from '../desk/all-records.js';
import { findChannel } from '../desk/find-channel.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { exportLog, type ExportWish } from '../log/export-log.js';
import { chosenPolicy, type WitnessChoice } from '../log/witness-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ExportOptions extends WitnessChoice {
  readonly record?: string;
  readonly channel?: string;
  readonly since?: string;
  readonly until?: string;
}

const HELP = `
Writes a folder for a court or an authority: log entries with proofs, records without their content as their senders signed them,
certificates, checkpoint, and a script that verifies it all with nothing but Node.js.

Examples:
  liaison --as bg log export bundle --record 01991a2b
  liaison --as bg log export bundle --channel "Bulgaria - Hungary"
  liaison --as bg log export bundle --since 2026-11-01T00:00:00.000Z --until 2026-11-30T23:59:59.999Z
  node bundle/verify.mjs`;

export function registerLogExport(log: Command, setting: Setting): void {
  log
    .command('export')
    .argument('<folder>', 'where to: a folder that does not exist yet, or is empty')
    .description('a bundle for a court: entries, proofs, records’ headers, certificates, and their verifier')
    .option('--record <id>', 'all that the log shows of this record')
    .option('--channel <channel>', 'all that the log shows of this channel: id, first characters of it, or title')
    .option('--since <time>', 'from this time on, such as 2026-11-21T18:00:00.000Z; alone or with --channel')
    .option('--until <time>', 'up to this time')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', HELP)
    .action((folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await requireEmpty(folder);
        const { files, ...counts } = await exportLog(await wishOf(desk, options), {
          desk,
          policy: await chosenPolicy(desk.client, options),
          clock: setting.host.clock,
          verifier: await readFile(setting.host.exportVerifier, 'utf8'),
        });
        for (const [path, content] of files) await writePrivateFile(join(folder, path), content);
        return {
          json: { folder, ...counts },
          lines: () => [
            `${counts.entries} log entries and ${counts.records} records in ${folder}. Verify with: node ${join(folder, 'verify.mjs')}`,
            ...(counts.tooNew > 0
              ? [`${counts.tooNew} entries are too new for the checkpoint: export again in a while.`]
              : []),
          ],
        };
      });
    });
}

async function wishOf(desk: Desk, { record, channel, since, until }: ExportOptions): Promise<ExportWish> {
  const period = { ...timeOf('since', since), ...timeOf('until', until) };
  const during =
    since === undefined && until === undefined ? '' : `, from ${since ?? 'the start'} to ${until ?? 'now'}`;
  if (record !== undefined) {
    const { record: found } = await findRecord(desk.client, record);
    const { id, channel } = found.header;
    const query = { record: id, ...period };
    return { what: `record ${id}${during}`, query, wanted: ({ subject }) => subject.channel === channel };
  }
  if (channel !== undefined) {
    const { id } = await findChannel(desk, { channel });
    return { what: `channel ${id}${during}`, query: period, wanted: ({ subject }) => subject.channel === id };
  }
  if (during === '')
    throw new LiaisonError('usage', 'What to export? Name --record, --channel, or --since and --until.');
  return { what: `all that is shown to this device${during}`, query: period, wanted: () => true };
}

function timeOf(name: 'since' | 'until', text: string | undefined): object {
  if (text === undefined) return {};
  const parsed = Timestamp.safeParse(text);
  if (parsed.success) return { [name]: parsed.data };
  throw new LiaisonError('usage', `--${name} takes a time in UTC with milliseconds, such as 2026-11-21T18:00:00.000Z.`);
}

/** Nothing old may lie among what is handed to a court. */
async function requireEmpty(folder: string): Promise<void> {
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0)
    throw new LiaisonError('usage', `${folder} is not empty. Name a folder that does not exist yet.`);
}
