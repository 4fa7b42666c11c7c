import type { Command } from 'commander';
import type { ChannelView } from '#liaison/client';
import { contactPointOf, type DeviceAddress, LiaisonError } from '#liaison/protocol';
import { channelName } from '../answers/channel-answer.js';
import { membersAnswer, type MembersPage, removalConsequences } from '../answers/members-answer.js';
import { type ChannelChoice, findChannel } from '../desk/find-channel.js';
import { findDevices } from '../desk/find-devices.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { missingLines } from './channels.js';
import { answerAtDesk, type Setting } from './setting.js';

interface Reasoned extends GlobalOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

export function registerMembers(program: Command, setting: Setting): void {
  withChannelOptions(program.command('members'))
    .description(
      'whose devices can read a channel, since when and by whom, and who was removed: by certificates that this device has verified',
    )
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<ChannelChoice & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const synced = await syncOrRemark(desk, setting.host.terminal.remark);
        const channel = await findChannel(desk, options);
        return membersAnswer(await membersPage(desk, channel, synced), desk.timeZone, setting.host.terminal);
      });
    });
  registerAdd(program, setting);
  registerRemove(program, setting);
}

/** What the hub adds is how far each has got. */
async function membersPage({ client }: Desk, channel: ChannelView, synced: boolean): Promise<MembersPage> {
  const cursors = synced ? await client.delivery(channel.id) : [];
  return {
    channel,
    troubles: await client.life.troubles(channel.id),
    ...(await client.life.membership(channel.id)),
    seen: new Map(cursors.map(({ device, seq, at }) => [device, { seq, at }])),
  };
}

function registerAdd(program: Command, setting: Setting): void {
  withChannelOptions(program.command('add-member').argument('<device...>', 'hu:kovacs:desk-1, or hu for all of hu'))
    .description('add devices to a channel that you administer; they read what is sent from then on')
    .option('--reason <text>', 'why: every member and the log of the hub keep it in clear')
    .addHelpText(
      'after',
      '\nA channel is for the contact points that it was made for; others need a channel of their own, or "channel change --allow".\n\nExample:\n  liaison --as bg add-member hu:kovacs:desk-1 --channel "JIT Balkan Axle"',
    )
    .action((names: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<ChannelChoice & Reasoned>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const channel = await findChannel(desk, options);
        const devices = await findDevices(desk, names);
        requireMeant(channel, devices);
        const { missing } = await desk.client.addMembers(channel.id, devices, options.reason);
        const added = devices.filter((device) => !missing.includes(device));
        return {
          json: { channel: channel.id, added, missing: [...missing] },
          lines: () => [`Added to ${channelName(channel)}: ${added.join(', ') || 'nobody'}.`, ...missingLines(missing)],
        };
      });
    });
}

/** @throws LiaisonError `not-allowed` (CLI-33) for devices of contact points that the channel is not for. */
function requireMeant({ profile }: ChannelView, devices: readonly DeviceAddress[]): void {
  const outside = devices.filter((device) => !profile.releasableTo.includes(contactPointOf(device)));
  if (outside.length === 0) return;
  const points = [...new Set([...profile.releasableTo, ...outside.map(contactPointOf)])].join(',');
  throw new LiaisonError(
    'not-allowed',
    `This channel is for ${profile.releasableTo.join(', ')}, so ${outside.join(', ')} cannot join it. Make another: liaison channel create --with ${points}`,
    { check: 'CLI-33' },
  );
}

function registerRemove(program: Command, setting: Setting): void {
  withChannelOptions(program.command('remove-member').argument('<device...>', 'hu:kovacs:desk-1, or hu for all of hu'))
    .description('remove devices from a channel that you administer; they read nothing that is sent from then on')
    .option('--reason <text>', 'why: every member and the log of the hub keep it in clear')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  liaison --as bg remove-member hu:kovacs:desk-1 --channel "JIT Balkan Axle"')
    .action((names: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<ChannelChoice & Reasoned>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const channel = await findChannel(desk, options);
        const members = (await desk.client.members(channel.id)).map(({ device }) => device);
        const removed = members.filter((device) => names.some((name) => isNamedBy(device, name)));
        if (removed.length > 0) {
          const lines = removalConsequences(channel, removed);
          await confirm(setting.host, { word: 'remove', lines }, options.yes);
          await desk.client.removeMembers(channel.id, removed, options.reason);
        }
        return {
          json: { channel: channel.id, removed },
          lines: () => [
            `Removed from ${channelName(channel)}: ${removed.join(', ') || 'nobody, for none is a member'}.`,
          ],
        };
      });
    });
}

function isNamedBy(device: string, name: string): boolean {
  return device === name || device.startsWith(`${name}:`);
}

function withChannelOptions(command: Command): Command {
  return command
    .option('--to <contact points>', 'the channel with exactly these and you: hu,mk, or community')
    .option('--channel <channel>', 'or by id, first characters of it, or title');
}
