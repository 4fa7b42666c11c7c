import type { Command } from 'commander';
import type { ChannelView } from '#liaison/client';
import { contactPointOf } from '#liaison/protocol';
import { channelName } from '../answers/channel-answer.js';
import type { Desk } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { type ActOptions, CHANNEL_ARGUMENT, channelNamed, shownChannel, withReason } from './channel-command.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerChannelLeaving(channel: Command, setting: Setting): void {
  withReason(channel.command('leave').argument(...CHANNEL_ARGUMENT))
    .description('this device leaves a channel of its own accord: it gets nothing more, and keeps what it has read')
    .addHelpText('after', HELP)
    .action((name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ActOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const found = await channelNamed(desk, name, setting);
        if (found.left !== undefined) return shownChannel(desk, found, setting);
        await confirm(setting.host, { word: 'leave', lines: await consequences(found, desk) }, options.yes);
        const reason = options.reason?.trim();
        return shownChannel(desk, await desk.client.life.leave(found.id, reason === '' ? undefined : reason), setting);
      });
    });
}

const HELP = `
Only this device leaves: your other devices, and those of other officers of your contact point, stay. Where it is the
last of your contact point in the channel, your contact point is out with it. The last who administers a channel hands
it over first: "liaison channel hand-over".

Example:
  liaison --as hu channel leave "JIT Balkan Axle" --reason "Our part of the case is over"`;

async function consequences(channel: ChannelView, { client, me }: Desk): Promise<string[]> {
  const others = (await client.members(channel.id)).filter(({ self }) => !self);
  const colleagues = others.filter(({ device }) => contactPointOf(device) === me).map(({ device }) => device);
  return [
    `${channelName(channel)}: this device leaves, and gets nothing that is sent from then on.`,
    colleagues.length === 0
      ? `It is the last device of ${me} there: ${me} is out of the channel with it.`
      : `Of ${me} there stay: ${colleagues.join(', ')}.`,
    'What it has read stays readable here. Nothing is posted or acknowledged any more; what waits in the outbox is not sent.',
    'It comes back only where somebody who administers the channel adds it again, and then reads what is sent from then on.',
    'Every member sees that you left, when and why; so does the log of the hub.',
  ];
}
