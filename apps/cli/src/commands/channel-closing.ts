import type { Command } from 'commander';
import type { ChannelView } from '#liaison/client';
import { channelName } from '../answers/channel-answer.js';
import { whatToDo } from '../answers/trouble-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import {
  type ActOptions,
  actOnChannel,
  CHANNEL_ARGUMENT,
  channelNamed,
  reasonOf,
  shownChannel,
  withReason,
} from './channel-command.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerChannelClosing(channel: Command, setting: Setting): void {
  registerShow(channel, setting);
  registerClose(channel, setting);
  registerReopen(channel, setting);
  registerArchive(channel, setting);
  registerSettle(channel, setting);
}

function registerShow(channel: Command, setting: Setting): void {
  channel
    .command('show')
    .argument(...CHANNEL_ARGUMENT)
    .description('the rules of a channel, how it stands, what was broken, who changed what, when and why')
    .action((name: string, _options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) =>
        shownChannel(desk, await channelNamed(desk, name, setting), setting),
      ),
    );
}

function registerClose(channel: Command, setting: Setting): void {
  withReason(channel.command('close').argument(...CHANNEL_ARGUMENT))
    .description('close a channel that you administer: nobody posts any more, everything in it stays')
    .addHelpText('after', CLOSE_HELP)
    .action((name: string, _options, command: Command) =>
      actOnChannel(setting, name, command.optsWithGlobals<ActOptions>(), {
        word: 'close',
        consequences: closeConsequences,
        act: ({ client }, found, options) => client.life.close(found.id, reasonOf(options)),
      }),
    );
}

const CLOSE_HELP = `
Reading, acknowledging, consents, withdrawals, marks, erasures, holds and openings go on. What waits in an outbox is
not sent, and is kept there: "liaison outbox --resend" after a "liaison channel reopen".

Example:
  liaison --as bg channel close "JIT Balkan Axle" --reason "The case is before the court"`;

function closeConsequences(channel: ChannelView): string[] {
  return [
    `${channelName(channel)}: nobody posts in it any more, you neither. Every member sees who closed it and why.`,
    'What is in it is still read, acknowledged, withdrawn, held, erased and opened, and its retention goes on.',
    'Whoever administers it can reopen it.',
  ];
}

function registerReopen(channel: Command, setting: Setting): void {
  withReason(channel.command('reopen').argument(...CHANNEL_ARGUMENT))
    .description('let members post again in a channel that you administer')
    .action((name: string, _options, command: Command) =>
      actOnChannel(setting, name, command.optsWithGlobals<ActOptions>(), {
        word: 'reopen',
        consequences: (found) => [`${channelName(found)}: members post in it again. Every member sees it.`],
        act: ({ client }, found, options) => client.life.reopen(found.id, reasonOf(options)),
      }),
    );
}

function registerArchive(channel: Command, setting: Setting): void {
  channel
    .command('archive')
    .argument(...CHANNEL_ARGUMENT)
    .description(
      'take a closed channel out of the everyday lists of this device; it is kept, and its retention goes on',
    )
    .option('--undo', 'back into the lists')
    .action((name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<{ undo?: boolean } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { id } = await channelNamed(desk, name, setting);
        const { life } = desk.client;
        return shownChannel(desk, await (options.undo ? life.unarchive(id) : life.archive(id)), setting);
      });
    });
}

function registerSettle(channel: Command, setting: Setting): void {
  channel
    .command('settle')
    .argument(...CHANNEL_ARGUMENT)
    .description(
      'you have looked into what was broken: all alarms of the channel go into the history, the dispute ends',
    )
    .requiredOption('--reason <text>', 'what you found and decided; kept with them, on this device')
    .action((name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ActOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const found = await channelNamed(desk, name, setting);
        if (found.standing === 'halted') setting.host.terminal.remark(whatToDo(found, found.id.slice(0, 13)));
        await desk.client.life.settle(found.id, reasonOf(options));
        return shownChannel(desk, await desk.client.channel(found.id), setting);
      });
    });
}
