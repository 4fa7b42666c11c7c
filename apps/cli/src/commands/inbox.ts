import { countOf } from './count-option.js';
import type { Command } from 'commander';
import { inboxAnswer } from '../answers/inbox-answer.js';
import { readerAt } from '../desk/desk-reader.js';
import { holdings } from '../desk/all-records.js';
import { findChannel } from '../desk/find-channel.js';
import { type ContentRecord, inInboxOrder, stateFor } from '../desk/inbox.js';
import { troubledAmong } from '../desk/troubled-channels.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

interface InboxOptions {
  readonly sent?: boolean;
  readonly unread?: boolean;
  readonly offline?: boolean;
  readonly channel?: string;
  readonly to?: string;
  readonly limit: string;
  readonly lang?: string;
}

export function registerInbox(program: Command, setting: Setting): void {
  program
    .command('inbox')
    .description('what came in: first what needs you (flash, urgent, routine), then unread, read, acknowledged')
    .option('--sent', 'what your contact point wrote, and who has acknowledged it')
    .option('--unread', 'only what needs you or nobody has read')
    .option('--channel <channel>', 'one channel only: id, first characters of it, or title')
    .option('--to <contact points>', 'the channel with exactly these: hu,mk, or community')
    .option('--limit <n>', 'at most so many', '50')
    .option('--lang <tag>', 'the language of the titles of forms')
    .option('--offline', 'do not ask the hub: show what this device holds')
    .addHelpText('after', '\nExamples:\n  liaison --as hu inbox\n  liaison --as bg inbox --sent --to hu')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<InboxOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { terminal } = setting.host;
        const synced = !options.offline && (await syncOrRemark(desk, terminal.remark));
        const channels = await chosenChannels(desk, options);
        const { content, failures } = await holdings(desk.client, channels);
        const records = chosenRecords(desk, content, options);
        return inboxAnswer(
          { records, failures: options.sent ? [] : failures, synced, troubled: await troubledAmong(desk, channels) },
          { ...desk, now: setting.host.clock.now() },
          terminal,
          await readerAt(desk, setting.host, options.lang),
        );
      });
    });
}

async function chosenChannels(desk: Desk, options: InboxOptions) {
  const isNamed = options.channel !== undefined || options.to !== undefined;
  if (isNamed) return [await findChannel(desk, options)];
  return (await desk.client.channels()).filter(({ archived }) => archived === undefined);
}

function chosenRecords(desk: Desk, content: readonly ContentRecord[], options: InboxOptions): ContentRecord[] {
  const wanted = content.filter((each) => {
    const state = stateFor(desk.me, each);
    if ((state === 'sent') !== (options.sent ?? false)) return false;
    return !options.unread || state === 'needs-you' || state === 'unread';
  });
  return inInboxOrder(desk.me, wanted).slice(0, countOf(options.limit, '--limit'));
}
