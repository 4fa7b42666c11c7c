import type { Command } from 'commander';
import type { LogQuery } from '#liaison/client';
import { LiaisonError, RecordId, utf8 } from '#liaison/protocol';
import { decodeLogEntry } from '#liaison/tlog';
import { entriesAnswer } from '../answers/entries-answer.js';
import { findStored } from '../desk/find-stored.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { periodOf } from './period.js';
import { answerAtDesk, type Setting } from './setting.js';

interface EntriesOptions {
  readonly person?: string;
  readonly record?: string;
  readonly since?: string;
  readonly until?: string;
  readonly purpose: string;
  readonly from: string;
  readonly limit: string;
}

const HELP = `
For who answers to a data-protection authority or a person: what was done, by whom, when, to what, for whom, and why. An auditor sees the
business of their own contact point, an officer their own and that of their channels; nobody sees content, for the log has none.
Reading it is itself logged, with your --purpose.

Examples:
  liaison --profile .data/demo/bg-auditor log entries --person bg:petrova --purpose "Request of the person, 12/2026"
  liaison --profile .data/demo/bg-auditor log entries --record 01991a2b-… --purpose "Complaint 7/2026"
  liaison --profile .data/demo/bg-auditor log entries --since 2026-11-01T00:00:00.000Z --until 2026-11-30T23:59:59.999Z --purpose "Monthly check"`;

export function registerLogEntries(log: Command, setting: Setting): void {
  log
    .command('entries')
    .description('who did what, when and why: by person, record or period')
    .option('--person <person>', 'an officer, bg:petrova, or a device, bg:petrova:desk-1')
    .option('--record <id>', 'a record: its id, or the first characters of one that this device holds')
    .option('--since <time>', 'from this time on, such as 2026-11-21T18:00:00.000Z')
    .option('--until <time>', 'up to this time')
    .requiredOption('--purpose <why>', 'why you read it: goes into the log')
    .option('--from <number>', 'go on from this entry', '0')
    .option('--limit <number>', 'so many at most', '100')
    .addHelpText('after', HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<EntriesOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const page = { from: wholeNumber('--from', options.from), limit: wholeNumber('--limit', options.limit) };
        const { entries, next } = await desk.client.log.entryPage(await queryOf(desk, options), page);
        const read = entries.map(({ index, entry }) => ({ index, entry: decodeLogEntry(utf8(entry)) }));
        return entriesAnswer(read, next, desk.timeZone, setting.host.terminal);
      });
    });
}

async function queryOf(desk: Desk, { person, record, since, until, purpose }: EntriesOptions): Promise<LogQuery> {
  return {
    purpose,
    ...periodOf({ since, until }),
    ...(person === undefined ? {} : { person: personNamed(person) }),
    ...(record === undefined ? {} : { record: await recordNamed(desk, record) }),
  };
}

/** An auditor asks for records that their own device does not hold: a whole id is taken as it is. */
async function recordNamed(desk: Desk, text: string): Promise<RecordId> {
  const whole = RecordId.safeParse(text);
  return whole.success ? whole.data : (await findStored(desk, text)).header.id;
}

function personNamed(text: string): string {
  if (/^[a-z][a-z0-9-]*:[a-z0-9-]+(:[a-z0-9-]+)?$/.test(text)) return text;
  throw new LiaisonError('usage', '--person takes an officer, such as bg:petrova, or a device, bg:petrova:desk-1.');
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new LiaisonError('usage', `${option} takes a whole number.`);
}
