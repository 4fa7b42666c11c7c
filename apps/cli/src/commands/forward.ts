import type { Command } from 'commander';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { findChannel } from '../desk/find-channel.js';
import { aboutRecord, chosenRecord, refOf, type RecordChoice } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

export interface ForwardOptions extends RecordChoice {
  readonly to?: string;
  readonly into?: string;
}

export function registerForward(program: Command, setting: Setting): void {
  aboutRecord(program, 'forward')
    .description('pass a record on into another channel, with its marks and its origin')
    .option('--to <contact points>', 'the channel with exactly these and you: hu,mk, or community')
    .option('--into <channel>', 'or by id, first characters of it, or title')
    .addHelpText(
      'after',
      '\nWhat its marks hold back is refused with the reasons: "liaison consent ask" asks the originator.\n\nExample:\n  liaison --as hu forward 01991a2b --to mk',
    )
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ForwardOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const content = await chosenRecord(desk, id, options, setting);
        const to = await findChannel(desk, destinationOf(options));
        const item = await desk.client.marks.forward({ from: [refOf(content)], to: to.id });
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}

export function destinationOf({ to, into }: ForwardOptions) {
  return { ...(to !== undefined && { to }), ...(into !== undefined && { channel: into }) };
}
