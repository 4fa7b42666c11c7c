import type { Command } from 'commander';
import type { ErasedRecord } from '#liaison/client';
import { mayAdminister } from '#liaison/policy';
import { contactPointOf, LiaisonError, reviewDaysOf } from '#liaison/protocol';
import { type Answer } from '../answers/answer.js';
import { channelName } from '../answers/channel-answer.js';
import { holdings } from '../desk/all-records.js';
import { findChannel } from '../desk/find-channel.js';
import type { ContentRecord } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix, shortIds } from '../desk/short-ids.js';
import { EXIT } from '../exit-codes.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { registerCertificate } from './retention-certificate.js';
import { answerAtDesk, type Setting } from './setting.js';

interface RetentionOptions extends GlobalOptions {
  readonly channel?: string;
  readonly purpose: string;
  readonly allDue?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const ERASE_HELP = `
For an administrator, in a channel that their contact point administers. The content goes from the hub's database and, with their next sync, from every
device; header, signature, place in the channel and log entry stay, and the log says who had it erased and why. It cannot be undone.

Examples:
  liaison --as bg retention due
  liaison --as bg retention erase 01991a2b --purpose "Case 12/2026 is closed: not needed any more"
  liaison --as bg retention erase --all-due --channel "Bulgaria - Hungary" --purpose "Yearly review"`;

export function registerRetention(program: Command, setting: Setting): void {
  const retention = program.command('retention').description('what is due for review, and what is not to be kept');
  retention
    .command('due')
    .description('records whose review is due: keep them, or have their content erased')
    .option('--channel <channel>', 'one channel only: id, first characters of it, or title')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<RetentionOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        return dueAnswer(await dueRecords(desk, options, setting.host.clock.now()), desk, setting.host.terminal);
      });
    });
  registerErase(retention, setting);
  registerCertificate(retention, setting);
}

function registerErase(retention: Command, setting: Setting): void {
  retention
    .command('erase')
    .argument('[id...]', 'records, by the first characters of their ids')
    .description('have the content of records erased that are past their review')
    .option('--all-due', 'all that are due, of --channel or of all channels')
    .option('--channel <channel>', 'with --all-due: one channel only')
    .requiredOption('--purpose <why>', 'why: goes into the log, and to everyone who had the record')
    .addHelpText('after', ERASE_HELP)
    .action((ids: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<RetentionOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await desk.client.sync();
        const chosen = await chosenRecords(desk, ids, options, setting.host.clock.now());
        const erased = await eraseAll(desk, chosen, options.purpose);
        if (erased.some((each) => 'refused' in each)) setting.end(EXIT.refused);
        return erasedAnswer(erased);
      });
    });
}

async function dueRecords(desk: Desk, { channel }: RetentionOptions, now: number): Promise<ContentRecord[]> {
  const channels = channel === undefined ? await desk.client.channels() : [await findChannel(desk, { channel })];
  const { content } = await holdings(desk.client, channels);
  return content.filter((each) => reviewOf(each) <= now);
}

/** When the first review is due, in milliseconds since 1970. */
function reviewOf({ channel: { profile }, record: { header, storedAt } }: ContentRecord): number {
  return Math.max(Date.parse(header.sentAt), Date.parse(storedAt)) + reviewDaysOf(header, profile) * DAY_MS;
}

async function chosenRecords(
  desk: Desk,
  ids: readonly string[],
  options: RetentionOptions,
  now: number,
): Promise<ContentRecord[]> {
  if (ids.length > 0 === (options.allDue ?? false))
    throw new LiaisonError('usage', 'What is to be erased? Name records, or say --all-due: one of the two.');
  if (options.allDue) return (await dueRecords(desk, options, now)).filter((each) => mayErase(desk, each));
  const { content } = await holdings(desk.client, await desk.client.channels());
  const known = content.map(({ record }) => record.header.id);
  const wanted = new Set(ids.map((id) => idByPrefix(known, id, 'record')));
  return content.filter(({ record }) => wanted.has(record.header.id));
}

function mayErase({ me }: Desk, { channel }: ContentRecord): boolean {
  return mayAdminister(channel.profile, me).allowed && channel.profile.custody === 'none';
}

/** Channel by channel, as the hub takes it. */
async function eraseAll({ client }: Desk, records: readonly ContentRecord[], purpose: string): Promise<ErasedRecord[]> {
  const erased: ErasedRecord[] = [];
  for (const id of new Set(records.map(({ channel }) => channel.id))) {
    const here = records.filter(({ channel }) => channel.id === id).map(({ record }) => record.header.id);
    erased.push(...(await client.log.erase(id, here, purpose)));
  }
  return erased;
}

const COLUMNS = [
  { title: 'RECORD' },
  { title: 'REVIEW DUE' },
  { title: 'FROM' },
  { title: 'CHANNEL' },
  { title: 'YOU MAY ERASE' },
  { title: 'SUBJECT', flexible: true },
];

function dueAnswer(due: readonly ContentRecord[], desk: Desk, { columns }: Terminal): Answer {
  const short = shortIds(due.map(({ record }) => record.header.id));
  const day = (each: ContentRecord) => new Date(reviewOf(each)).toISOString().slice(0, 10);
  const rows = due.map((each) =>
    [
      short.get(each.record.header.id) ?? '',
      day(each),
      contactPointOf(each.record.sender),
      safeText(channelName(each.channel)),
      mayErase(desk, each) ? 'yes' : 'no',
      safeText(each.record.body.subject),
    ].map((text) => ({ text })),
  );
  return {
    json: {
      due: due.map((each) => ({
        id: each.record.header.id,
        channel: each.channel.id,
        review: new Date(reviewOf(each)).toISOString(),
        mayErase: mayErase(desk, each),
      })),
    },
    lines: () => (due.length === 0 ? ['No review is due.'] : table(COLUMNS, rows, columns)),
  };
}

/** What each check of the hub means: docs/spec/retention.md. */
const REFUSALS: Readonly<Record<string, string>> = {
  'RET-01': 'the order is not signed by this device, or of a time to come',
  'RET-02': 'there is no such record, or it is not open to this device',
  'RET-03': 'only an administrator of a contact point that administers the channel may',
  'RET-04': 'its review is not due yet',
  'RET-05': 'the channel keeps its records under custody',
  'RET-06': 'a legal hold covers it: liaison hold list',
};

function erasedAnswer(erased: readonly ErasedRecord[]): Answer {
  return {
    json: { records: erased.map((each) => ({ ...each })) },
    lines: () =>
      erased.length === 0
        ? ['Nothing was erased: no review is due that you may decide.']
        : erased.map((each) =>
            'refused' in each
              ? `NOT erased  ${each.record}: ${REFUSALS[each.refused] ?? 'the hub refuses it'}. [${each.refused}]`
              : `erased      ${each.record}, entry ${each.index} of the log.`,
          ),
  };
}
