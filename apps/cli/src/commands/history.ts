import type { Command } from 'commander';
import type { HistoryGift, HistoryProgress } from '#liaison/client';
import { DeviceAddress, LiaisonError, type RecordId, Timestamp } from '#liaison/protocol';
import { askedAnswer, givenAnswer, historyAnswer } from '../answers/history-answer.js';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { channelRecords } from '../desk/all-records.js';
import { findChannel } from '../desk/find-channel.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { confirm } from '../terminal/confirm.js';
import { registerAdmit } from './history-admit.js';
import { answerAtDesk, type Setting } from './setting.js';

const HELP = `
What was sent before a device joined stays closed to it, until a colleague who was there gives it the keys. A replaced device, in four steps:

  liaison --as bg history admit bg:petrova:desk-2                            (a colleague: into your home channel and the channels that you administer)
  liaison --as bg-2 history request --purpose "Desk 1 was lost"              (the new device)
  liaison --as bg history grant bg:petrova:desk-2                            (the colleague; may be stopped and begun again)
  liaison --as bg-2 history show                                             (the new device: what came, what is withheld, by whom and why)

A channel's rule (channel create --history) and marks decide what can be given. Every record that is given is in the log, with who, to whom and why.`;

export function registerHistory(program: Command, setting: Setting): void {
  const history = program
    .command('history')
    .description('what was sent before a device joined: ask for it, give it, see what is withheld')
    .addHelpText('after', HELP);
  registerAdmit(history, setting);
  registerRequest(history, setting);
  registerGrant(history, setting);
  registerShow(history, setting);
}

function registerRequest(history: Command, setting: Setting): void {
  history
    .command('request')
    .description('ask colleagues for what this device could not read: in your home channel, or in one channel')
    .requiredOption('--purpose <why>', 'why: goes into the log with each record that is given')
    .option('--channel <channel>', 'one channel only: id, first characters of it, or title')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<{ purpose: string; channel?: string } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await desk.client.sync();
        const { purpose } = options;
        const channel = options.channel === undefined ? undefined : (await findChannel(desk, options)).id;
        const item = await desk.client.history.request({ purpose, ...(channel !== undefined && { channel }) });
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}

interface GrantOptions extends GlobalOptions {
  readonly channel?: string;
  readonly from?: string;
  readonly full?: boolean;
  readonly records?: readonly string[];
  readonly purpose?: string;
  readonly yes?: boolean;
}

function registerGrant(history: Command, setting: Setting): void {
  history
    .command('grant')
    .argument('<device>', 'bg:petrova:desk-2: a device that has asked')
    .description('give a device what it asked for, as far as rules and marks allow; stopped, it goes on where it was')
    .option('--channel <channel>', 'one channel only: id, first characters of it, or title')
    .option('--from <date>', 'what was stored from then on: 2026-01-31, or a time in UTC')
    .option('--full', 'all that rules and marks allow (the default)')
    .option('--records <id...>', 'single records, with what was said of them; needs --channel')
    .option('--purpose <why>', 'why (default: what the device said)')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nIt cannot be taken back: what is given can be read from then on. Only the originator withdraws a record.',
    )
    .action((device: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GrantOptions>();
      const { terminal } = setting.host;
      return answerAtDesk(setting, options, async (desk) => {
        const from = fromOf(options);
        const to = deviceOf(device);
        await desk.client.sync();
        const chosen = await choiceOf(desk, options);
        const lines = [`${to} will read what you give it, for good. Each record goes into the log with your name.`];
        await confirm(setting.host, { word: 'grant', lines }, options.yes);
        const { purpose } = options;
        const given = await desk.client.history.grant({
          ...{ to, ...chosen, ...(from !== undefined && { from }), ...(purpose !== undefined && { purpose }) },
          onProgress: (progress) => {
            terminal.remark(progressLine(progress));
          },
        });
        return givenAnswer(to, given);
      });
    });
}

function registerShow(history: Command, setting: Setting): void {
  history
    .command('show')
    .description('what this device was given, what is withheld from it and why, and what others ask for')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const channels = await desk.client.channels();
        const received = historyAnswer(await desk.client.history.received(), channels);
        const asked = askedAnswer(await desk.client.history.asked(), channels);
        return { json: { ...received.json, ...asked.json }, lines: () => [...received.lines(), ...asked.lines()] };
      }),
    );
}

function progressLine({ through, before, given, withheld }: HistoryProgress): string {
  return `place ${Math.min(through, before - 1)} of ${before - 1}: ${given} given, ${withheld} withheld`;
}

async function choiceOf(desk: Desk, options: GrantOptions): Promise<Pick<HistoryGift, 'channel' | 'records'>> {
  if (options.channel === undefined) {
    if (options.records === undefined) return {};
    throw new LiaisonError('usage', 'In which channel are these records? Say --channel.');
  }
  const channel = await findChannel(desk, options);
  if (options.records === undefined) return { channel: channel.id };
  const views = await channelRecords(desk.client, channel);
  const ids = views.flatMap((view): RecordId[] => (view.outcome === 'opened' ? [view.record.header.id] : []));
  return { channel: channel.id, records: options.records.map((id) => idByPrefix(ids, id, 'record')) };
}

/** @throws LiaisonError `usage` where more than one choice is made, or the time is none. */
function fromOf({ from, full, records }: GrantOptions): number | undefined {
  if ([from !== undefined, full === true, records !== undefined].filter(Boolean).length > 1)
    throw new LiaisonError('usage', 'Say one of --from, --full and --records.');
  if (from === undefined) return undefined;
  const time = Timestamp.safeParse(/^\d{4}-\d{2}-\d{2}$/.test(from) ? `${from}T00:00:00.000Z` : from);
  if (time.success && !Number.isNaN(Date.parse(time.data))) return Date.parse(time.data);
  throw new LiaisonError('usage', '--from takes a day like 2026-01-31, or a time like 2026-01-31T18:00:00.000Z.');
}

function deviceOf(name: string): DeviceAddress {
  const parsed = DeviceAddress.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `This is no device: ${JSON.stringify(name)}. Write for example bg:petrova:desk-2.`);
}
