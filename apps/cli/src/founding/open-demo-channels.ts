import type { LiaisonClient } from '#liaison/client';
import { contactPointOf, type ContactPointId, LiaisonError } from '#liaison/protocol';
import { openDeviceClient } from '../desk/open-desk.js';
import { readProfile } from '../profile/profile-folder.js';
import { demoChannels, type DemoChannel } from './demo-channels.js';
import type { FoundedDemo } from './founded-demo.js';
import { openChannel } from './open-channel.js';
import type { Founding } from './sealed-keys.js';

/** Signs every device in, opens the channels that are missing or unfinished, and lets everybody join. */
export async function openDemoChannels(founding: Founding, hubUrl: string): Promise<FoundedDemo['channels']> {
  const desks = new Map<ContactPointId, LiaisonClient>();
  try {
    await openDesks(founding, hubUrl, desks);
    await Promise.all([...desks.values()].map((client) => client.sync()));
    founding.say(`${desks.size} devices signed in; the hub holds their KeyPackages.`);
    const opened: FoundedDemo['channels'] = [];
    for (const wanted of demoChannels([...desks.keys()], founding.plan.coChairs)) {
      opened.push(await openOne(founding, desks, wanted));
    }
    await Promise.all([...desks.values()].map((client) => client.sync()));
    founding.say('Everybody has joined.');
    return opened;
  } finally {
    await Promise.all([...desks.values()].map((client) => client.close()));
  }
}

/** @param desks filled one by one: whoever closes them closes those too that were opened before one failed. */
async function openDesks(founding: Founding, hubUrl: string, desks: Map<ContactPointId, LiaisonClient>): Promise<void> {
  for (const { address } of founding.plan.devices) {
    const folder = founding.paths.profile(address);
    const profile = await readProfile(folder, founding.passphrase);
    const { client } = await openDeviceClient(founding, { folder, profile, hubUrl });
    desks.set(contactPointOf(address), client);
  }
}

async function openOne(
  founding: Founding,
  desks: ReadonlyMap<ContactPointId, LiaisonClient>,
  { contactPoints, plan }: DemoChannel,
): Promise<FoundedDemo['channels'][number]> {
  const [opener, ...others] = contactPoints.map((id) => deskOf(desks, id));
  if (opener === undefined) throw new LiaisonError('internal', 'A channel needs somebody to open it.');
  const wanted = { plan, contactPoints, devices: others.map(({ device }) => device) };
  const { channel, made } = await openChannel(opener, wanted);
  const title = plan.title ?? channel.id;
  if (made) founding.say(`Channel "${title}" opened: ${contactPoints.join(', ')}.`);
  return { id: channel.id, kind: plan.kind, title };
}

function deskOf(desks: ReadonlyMap<ContactPointId, LiaisonClient>, id: ContactPointId): LiaisonClient {
  const desk = desks.get(id);
  if (desk === undefined) throw new LiaisonError('internal', `The demo has no device of ${id}.`);
  return desk;
}
