import type { Command } from 'commander';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { recordsOf } from '../demo/scenario-records.js';
import { readScenario } from '../demo/scenario-file.js';
import { type ChannelId, LiaisonError } from '#liaison/protocol';
import { troubleLines } from '../answers/trouble-text.js';
import { troubledAmong } from '../desk/troubled-channels.js';
import { confirm } from '../terminal/confirm.js';
import { channelsMeant, findChannel } from '../desk/find-channel.js';
import { formRemarks } from '../answers/facts-problems.js';
import { readerAt } from '../desk/desk-reader.js';
import { safeText } from '../terminal/safe-text.js';
import { findRecord } from '../desk/all-records.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { addDraftOptions, type Content, contentOf, type DraftOptions } from './draft-options.js';
import { answerAtDesk, type Setting } from './setting.js';

interface SendOptions extends DraftOptions {
  readonly channel?: string;
  readonly to?: string;
  readonly replyTo?: string;
  readonly scenario?: string;
  readonly evenInDispute?: boolean;
}

const EXAMPLES = `
Examples:
  liaison --as bg send --to hu --kind alert --lang bg --classification RESTRICTED --handling H2 --tlp AMBER \\
          --priority urgent --subject "Камион към Калотина тази нощ" --text "Хладилен камион, около 28 души."
  liaison --as hu send --to bg --reply-to 01991a2b --kind answer --classification RESTRICTED --subject "Found" --text -
  liaison --as bg template new smuggling-alert facts.json
  liaison --as bg send --to hu --template smuggling-alert --from-facts facts.json --lang bg --classification RESTRICTED
  liaison --as az send --to community --scenario scenarios/06-stolen-blanks-az.json

What is written is encrypted on this device and waits in its outbox until the hub has stored it: see "liaison outbox".`;

export function registerSend(program: Command, setting: Setting): void {
  const command = program
    .command('send')
    .description('write a record into a channel')
    .option('--to <contact points>', 'the channel with exactly these and you: hu,mk, or community')
    .option('--channel <channel>', 'or by id, first characters of it, or title')
    .option('--reply-to <id>', 'the record that this answers; its channel is taken where none is named');
  addDraftOptions(command)
    .option('--scenario <file>', 'take kind, marking, subject and facts from a scenario file (scenarios/README.md)')
    .option('--even-in-dispute', 'write although an alarm was raised about the channel, and do not ask')
    .addHelpText('after', EXAMPLES)
    .action((_options, self: Command) => {
      const options = self.optsWithGlobals<SendOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const content = await wantedContent(desk, options, setting);
        const place = await placeOf(desk, options);
        const inSpite = await decidedInDispute(desk, place.channel, options, setting);
        const item = await desk.client.send({ ...content, ...place, ...inSpite });
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}

async function wantedContent(desk: Desk, options: SendOptions, { host }: Setting): Promise<Content> {
  if (options.scenario === undefined) {
    const reader = await readerAt(desk, host);
    const content = await contentOf(options, host.readInput, reader);
    if (content.body.type === 'content')
      for (const remark of formRemarks(content.body, content.marking, reader)) host.terminal.remark(safeText(remark));
    return content;
  }
  const [first] = recordsOf(await readScenario(options.scenario));
  if (first === undefined || first.from !== desk.me) {
    throw new LiaisonError('usage', `This scenario is written by ${first?.from ?? 'nobody'}, and you are ${desk.me}.`);
  }
  const { kind, body, marking, priority, clock } = first;
  return { kind, body, marking, priority, ...(clock && { clock }) };
}

/** What was broken is shown, and the officer decides. */
async function decidedInDispute(
  desk: Desk,
  id: ChannelId,
  { evenInDispute, json }: SendOptions & GlobalOptions,
  { host }: Setting,
): Promise<{ evenInDispute?: true }> {
  const [troubled] = await troubledAmong(desk, [await desk.client.channel(id)]);
  if (troubled === undefined) return {};
  // A program says it beforehand, or is refused.
  if (json === true && evenInDispute !== true) return {};
  const lines = troubleLines(troubled, { timeZone: desk.timeZone, name: id.slice(0, 13) }, host.terminal);
  await confirm(host, { word: 'send', lines }, evenInDispute);
  return { evenInDispute: true };
}

async function placeOf(desk: Desk, options: SendOptions) {
  if (options.replyTo === undefined) return { channel: (await findChannel(desk, options)).id };
  const { channel, record } = await findRecord(
    desk.client,
    options.replyTo,
    await channelsMeant(desk, options.channel),
  );
  const isNamed = options.channel !== undefined || options.to !== undefined;
  if (isNamed && (await findChannel(desk, options)).id !== channel.id) {
    throw new LiaisonError('usage', 'The record that this answers is in another channel.');
  }
  return { channel: channel.id, inReplyTo: record.header.id };
}
