import type { Command } from 'commander';
import { EXPORT_PURPOSES, type Decision } from '#liaison/policy';
import { decisionAnswer } from '../answers/decision-answer.js';
import { findChannel } from '../desk/find-channel.js';
import type { Desk } from '../desk/open-desk.js';
import { exitCodeOf } from '../exit-codes.js';
import { oneOf } from './draft-options.js';
import { destinationOf, type ForwardOptions } from './forward.js';
import { chosenRecord, contactPointsOf, refOf } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

const ACTS = ['forward', 'export', 'proceedings'] as const;

interface MayOptions extends ForwardOptions {
  readonly purpose: string;
  readonly recipients?: string;
}

export function registerMay(program: Command, setting: Setting): void {
  program
    .command('may')
    .argument('<act>', ACTS.join(', '))
    .argument('<id>', 'the record: its id or the first characters of it')
    .description('whether the marks of a record allow something, and in plain words why not; ends with 4 where not')
    .option('--channel <channel>', 'where to look, if the same id stands in several channels')
    .option('--to <contact points>', 'forward: the channel with exactly these and you')
    .option('--into <channel>', 'forward: or by id, first characters of it, or title')
    .option('--purpose <purpose>', `export: ${EXPORT_PURPOSES.join(', ')}`, 'national-system')
    .option('--recipients <contact points>', 'export to a partner: whom it reaches')
    .addHelpText(
      'after',
      '\nExamples:\n  liaison --as hu may forward 01991a2b --to mk\n  liaison --as hu may proceedings 01991a2b',
    )
    .action((act: string, id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<MayOptions>();
      const chosen = oneOf(ACTS, act, 'The act');
      return answerAtDesk(setting, options, async (desk) => {
        const content = await chosenRecord(desk, id, options, setting);
        const decision = await decide(desk, chosen, refOf(content), options);
        if (!decision.allowed) setting.end(exitCodeOf('not-allowed'));
        return decisionAnswer(chosen, content.record.header.id, decision);
      });
    });
}

async function decide(
  desk: Desk,
  act: (typeof ACTS)[number],
  ref: ReturnType<typeof refOf>,
  options: MayOptions,
): Promise<Decision> {
  const { marks } = desk.client;
  if (act === 'proceedings') return marks.mayUseInProceedings(ref);
  if (act === 'forward') {
    const to = await findChannel(desk, destinationOf(options));
    return marks.mayForward({ from: [ref], to: to.id });
  }
  const recipients = contactPointsOf(options.recipients, '--recipients');
  return marks.mayExport(ref, oneOf(EXPORT_PURPOSES, options.purpose, '--purpose'), { recipients });
}
