import type { Command } from 'commander';
import type { OutboxItem, ProposedRecord } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { channelName } from '../answers/channel-answer.js';
import { proposalAnswer, proposedAnswer } from '../answers/proposed-answer.js';
import { readerAt } from '../desk/desk-reader.js';
import { type ChannelChoice, findChannel } from '../desk/find-channel.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { addDraftOptions, contentOf, type DraftOptions } from './draft-options.js';
import { answerAtDesk, type Setting } from './setting.js';

const EXAMPLES = `
Where a channel asks for four eyes, a record is written, released and sent in three steps, in your home channel:
  liaison channel create --with bg:ivanov:desk-1 --kind home --title "Sofia desk"     (once)
  liaison draft write --to hu --kind alert --classification RESTRICTED --priority flash --subject "..."
  liaison draft list
  liaison draft show 01991a2b           (another officer reads all of it)
  liaison draft release 01991a2b
  liaison draft send 01991a2b           (who wrote it)`;

export function registerDraft(program: Command, setting: Setting): void {
  const draft = program
    .command('draft')
    .description('four eyes: write what a second officer releases before it is sent')
    .addHelpText('after', EXAMPLES);
  registerWrite(draft, setting);
  draft
    .command('list')
    .description('drafts of your contact point, and who released them')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        return proposedAnswer(await desk.client.marks.proposed(), setting.host.terminal);
      }),
    );
  registerShow(draft, setting);
  onDraft(draft, 'release', 'sign a draft of a colleague: it may be sent', setting, (desk, proposal) =>
    desk.client.marks.release(proposal),
  );
  onDraft(draft, 'send', 'send your own draft that a colleague has released', setting, (desk, proposal) =>
    desk.client.marks.sendReleased(proposal),
  );
}

/** What a second officer signs is read whole first. */
function registerShow(draft: Command, setting: Setting): void {
  draft
    .command('show')
    .argument('<id>', 'the draft: its id or the first characters of it')
    .description('a draft whole: what it says, how it is marked, and where it is to go')
    .option('--lang <tag>', 'the language to read it in (default: as "liaison read")')
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly lang?: string }>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const reader = await readerAt(desk, setting.host, options.lang);
        const proposal = await findProposal(desk, id);
        return proposalAnswer(proposal, await placeOf(desk, proposal), reader, setting.host.terminal);
      });
    });
}

/** Officers release for channels that they need not be in. */
async function placeOf({ client }: Desk, { header }: ProposedRecord): Promise<string> {
  const channel = (await client.channels()).find(({ id }) => id === header.channel);
  return channel === undefined ? `channel ${header.channel}, which you are not in` : channelName(channel);
}

function registerWrite(draft: Command, setting: Setting): void {
  const write = draft
    .command('write')
    .description('show a record to your colleagues before it goes to a channel')
    .option('--to <contact points>', 'the channel with exactly these and you: hu,mk, or community')
    .option('--channel <channel>', 'or by id, first characters of it, or title');
  addDraftOptions(write).action((_options, command: Command) => {
    const options = command.optsWithGlobals<DraftOptions & ChannelChoice & GlobalOptions>();
    return answerAtDesk(setting, options, async (desk) => {
      await syncOrRemark(desk, setting.host.terminal.remark);
      const content = await contentOf(options, setting.host.readInput, await readerAt(desk, setting.host));
      const { id } = await findChannel(desk, options);
      return sent(setting, desk, await desk.client.marks.propose({ ...content, channel: id }));
    });
  });
}

function onDraft(
  draft: Command,
  name: string,
  description: string,
  setting: Setting,
  deed: (desk: Desk, proposal: ProposedRecord) => Promise<OutboxItem>,
): void {
  draft
    .command(name)
    .argument('<id>', 'the draft: its id or the first characters of it')
    .description(description)
    .action((id: string, _options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        return sent(setting, desk, await deed(desk, await findProposal(desk, id)));
      }),
    );
}

async function findProposal(desk: Desk, prefix: string): Promise<ProposedRecord> {
  const proposed = await desk.client.marks.proposed();
  const ids = proposed.map(({ record }) => record);
  const id = idByPrefix(ids, prefix, 'draft');
  const found = proposed.find(({ record }) => record === id);
  if (found === undefined) throw new LiaisonError('not-found', 'This device knows no such draft.');
  return found;
}

function sent(setting: Setting, desk: Desk, item: OutboxItem) {
  setting.end(exitCodeOfSent(item));
  return sentAnswer(item, desk.timeZone);
}
