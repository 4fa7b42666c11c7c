import type { Command } from 'commander';
import type { OutboxItem } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import type { ContentRecord } from '../desk/inbox.js';
import type { Desk } from '../desk/open-desk.js';
import { addMarkingOptions, type MarkingOptions, markingOf } from './draft-options.js';
import { aboutRecord, chosenRecord, refOf, type RecordChoice } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ReasonOptions extends RecordChoice {
  readonly reason?: string;
}

export function registerWithdraw(program: Command, setting: Setting): void {
  withReason(aboutRecord(program, 'withdraw'))
    .description('take a record of yours back: every device of the channel destroys it and says so')
    .addHelpText('after', '\nExample:\n  liaison --as bg withdraw 01991a2b --reason "It was the wrong person"')
    .action((id: string, _options, command: Command) =>
      act(setting, id, command, (desk, content, options) =>
        desk.client.marks.withdraw(refOf(content), reasonOf(options)),
      ),
    );
}

export function registerRemark(program: Command, setting: Setting): void {
  addMarkingOptions(withReason(aboutRecord(program, 'remark')))
    .description('mark a record of yours anew, stricter or less strict: what you give here replaces its mark')
    .addHelpText(
      'after',
      '\nExample:\n  liaison --as bg remark 01991a2b --classification RESTRICTED --handling H0,H2 --reason "An informant is at risk"',
    )
    .action((id: string, _options, command: Command) =>
      act(setting, id, command, (desk, content, options) =>
        desk.client.marks.remark(refOf(content), markingOf(options), reasonOf(options)),
      ),
    );
}

function act(
  setting: Setting,
  id: string,
  command: Command,
  deed: (desk: Desk, content: ContentRecord, options: ReasonOptions & MarkingOptions) => Promise<OutboxItem>,
): Promise<void> {
  const options = command.optsWithGlobals<ReasonOptions & MarkingOptions>();
  return answerAtDesk(setting, options, async (desk) => {
    const item = await deed(desk, await chosenRecord(desk, id, options, setting), options);
    setting.end(exitCodeOfSent(item));
    return sentAnswer(item, desk.timeZone);
  });
}

function withReason(command: Command): Command {
  return command.option('--reason <text>', 'in one line: encrypted, for the others of the channel');
}

function reasonOf({ reason }: ReasonOptions): string {
  if (reason !== undefined && reason !== '') return reason;
  throw new LiaisonError('usage', 'Say why, in one line: --reason "...".');
}
