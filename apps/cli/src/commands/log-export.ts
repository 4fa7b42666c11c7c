import type { Command } from 'commander';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '#liaison/client.node';
import { LiaisonError } from '#liaison/protocol';
import type { LogEntry } from '#liaison/tlog';
import { findChannel } from '../desk/find-channel.js';
import { findStored } from '../desk/find-stored.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { exportLog, type ExportWish } from '../log/export-log.js';
import { chosenPolicy, type WitnessChoice } from '../log/witness-choice.js';
import { periodOf } from './period.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ExportOptions extends WitnessChoice {
  readonly authority: string;
  readonly purpose: string;
  readonly record?: string;
  readonly channel?: string;
  readonly since?: string;
  readonly until?: string;
}

const HELP = `
Writes a folder for a court or an authority: log entries with proofs, records without their content as their senders signed them,
certificates, checkpoint, and a script that verifies it all with nothing but Node.js. For each record in it the log will say that you
handed it on, to whom and why.

Examples:
  liaison --as bg log export bundle --record 01991a2b --authority "Sofia City Court" --purpose "Case 12/2026"
  liaison --as bg log export bundle --channel "Bulgaria - Hungary" --authority "Sofia City Court" --purpose "Case 12/2026"
  liaison --as bg log export bundle --since 2026-11-01T00:00:00.000Z --until 2026-11-30T23:59:59.999Z --authority "…" --purpose "…"
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
    .requiredOption('--authority <name>', 'to whom it goes: the court or authority, in words')
    .requiredOption('--purpose <why>', 'why: goes into the log')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', HELP)
    .action((folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await requireEmpty(folder);
        const { files, handedOver, ...counts } = await exportLog(await wishOf(desk, options), {
          desk,
          policy: await chosenPolicy(desk.client, options),
          clock: setting.host.clock,
          verifier: await readFile(setting.host.exportVerifier, 'utf8'),
        });
        // First what the law wants to be known: what is on the disk is as good as handed over.
        const { authority, purpose } = options;
        for (const named of handedOver) await desk.client.log.exported({ ...named, authority, purpose });
        for (const [path, content] of files) await writePrivateFile(join(folder, path), content);
        await syncOrRemark(desk, setting.host.terminal.remark);
        return {
          json: { folder, ...counts },
          lines: () => [
            `${counts.entries} log entries and ${counts.records} records in ${folder}. Verify with: node ${join(folder, 'verify.mjs')}`,
            ...(counts.withheld > 0
              ? [
                  `${counts.withheld} records are withheld: withdrawn, or their originator has not consented to use in proceedings (README.txt).`,
                ]
              : []),
            ...(counts.tooNew > 0
              ? [`${counts.tooNew} entries are too new for the checkpoint: export again in a while.`]
              : []),
          ],
        };
      });
    });
}

async function wishOf(desk: Desk, options: ExportOptions): Promise<ExportWish> {
  const { record, channel, since, until, purpose } = options;
  const period = { ...periodOf({ since, until }), purpose };
  const during =
    since === undefined && until === undefined ? '' : `, from ${since ?? 'the start'} to ${until ?? 'now'}`;
  if (record !== undefined) {
    const { header, channel } = await findStored(desk, record);
    const { id } = header;
    const query = { record: id, ...period };
    // What was done to it, and not what was answered to it.
    const wanted = ({ type, subject }: LogEntry) =>
      subject.channel === channel && (subject.record === id || type !== 'record.stored');
    return { what: `record ${id}${during}`, query, wanted, handsOver: ({ subject }) => subject.record === id };
  }
  if (channel !== undefined) {
    const { id } = await findChannel(desk, { channel });
    return { what: `channel ${id}${during}`, query: period, wanted: ({ subject }) => subject.channel === id };
  }
  if (during === '')
    throw new LiaisonError('usage', 'What to export? Name --record, --channel, or --since and --until.');
  return { what: `all that is shown to this device${during}`, query: period, wanted: () => true };
}

/** Nothing old may lie among what is handed to a court. */
async function requireEmpty(folder: string): Promise<void> {
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0)
    throw new LiaisonError('usage', `${folder} is not empty. Name a folder that does not exist yet.`);
}
