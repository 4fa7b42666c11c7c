import type { Command } from 'commander';
import type { ChannelView } from '#liaison/client';
import { contactPointOf, type DeviceAddress, hasRole, LiaisonError } from '#liaison/protocol';
import { channelName } from '../answers/channel-answer.js';
import { findDevices } from '../desk/find-devices.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { answerAtDesk, type Setting } from './setting.js';

/** What became of one channel: the device is in it, or who has to add it. */
interface Admission {
  readonly channel: ChannelView;
  readonly state: 'added' | 'member' | 'for-others' | 'failed';
  readonly detail?: string;
}

const WORDS: Readonly<Record<Admission['state'], string>> = {
  added: 'added',
  member: 'was in it',
  'for-others': 'NOT added',
  failed: 'NOT added',
};

export function registerAdmit(history: Command, setting: Setting): void {
  history
    .command('admit')
    .argument('<device>', 'bg:petrova:desk-2: a device of your contact point')
    .description('add a colleague’s device to your home channel and to every channel that you administer')
    .option('--yes', 'do not ask')
    .action((name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<{ yes?: boolean } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await desk.client.sync();
        const device = await colleague(desk, name);
        const lines = [`${device} will read what is sent from now on in every channel that you administer.`];
        await confirm(setting.host, { word: 'admit', lines }, options.yes);
        const admissions: Admission[] = [];
        for (const channel of await desk.client.channels()) {
          if (channel.membership !== 'member') continue;
          admissions.push(await admit(desk, channel, device));
          setting.host.terminal.remark(lineOf(admissions.at(-1) as Admission));
        }
        return {
          json: { device, channels: admissions.map(({ channel, ...rest }) => ({ channel: channel.id, ...rest })) },
          lines: () => ['', 'Now on that device: liaison history request --purpose "…"'],
        };
      });
    });
}

async function admit(desk: Desk, channel: ChannelView, device: DeviceAddress): Promise<Admission> {
  const members = await desk.client.members(channel.id);
  if (members.some((member) => member.device === device)) return { channel, state: 'member' };
  if (!hasRole(channel.profile, desk.me, 'administer')) {
    const others = channel.profile.releasableTo.filter((point) => hasRole(channel.profile, point, 'administer'));
    return { channel, state: 'for-others', detail: `ask ${others.join(', ')} to add it` };
  }
  try {
    const { missing } = await desk.client.addMembers(channel.id, [device]);
    if (missing.length === 0) return { channel, state: 'added' };
    return { channel, state: 'failed', detail: 'the hub holds no KeyPackage of it: it must sign in first' };
  } catch (error) {
    // The other channels are not to wait for this one.
    if (!(error instanceof LiaisonError) || error.code === 'unavailable') throw error;
    return { channel, state: 'failed', detail: error.message };
  }
}

function lineOf({ channel, state, detail }: Admission): string {
  return `${WORDS[state].padEnd(10)} ${channelName(channel)}${detail === undefined ? '' : `: ${detail}`}`;
}

/** @throws LiaisonError `usage` for a device of another contact point, `not-found`. */
async function colleague(desk: Desk, name: string): Promise<DeviceAddress> {
  const [device] = await findDevices(desk, [name]);
  if (name.includes(':') && device !== undefined && contactPointOf(device) === desk.me) return device;
  throw new LiaisonError(
    'usage',
    `Name one device of ${desk.me} other than this one, such as ${desk.me}:petrova:desk-2.`,
  );
}
