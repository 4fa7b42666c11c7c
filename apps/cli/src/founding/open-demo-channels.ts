import type { LiaisonClient } from '#liaison/client';
import { contactPointOf, type ContactPointId, LiaisonError } from '#liaison/protocol';
import { openDeviceClient } from '../desk/open-desk.js';
import { readProfile } from '../profile/profile-folder.js';
import { demoChannels, type DemoChannel } from './demo-channels.js';
import type { FoundedDemo } from './found-demo.js';
import { openChannel } from './open-channel.js';
import type { Founding } from './sealed-keys.js';

/** Signs every device in, opens the channels that are missing or unfinished, and lets everybody join. */
export async function openDemoChannels(founding: Founding, hubUrl: string): Promise<FoundedDemo['channels']> {
  const desks = await openDesks(founding, hubUrl);
  try {
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

async function openDesks(founding: Founding, hubUrl: string): Promise<Map<ContactPointId, LiaisonClient>> {
  const desks = new Map<ContactPointId, LiaisonClient>();
  for (const { address } of founding.plan.devices) {
    const folder = founding.paths.profile(address);
    const profile = await readProfile(folder, founding.passphrase);
    const { client } = await openDeviceClient(founding, { folder, profile, hubUrl });
    desks.set(contactPointOf(address), client);
  }
  return desks;
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
  founding.say(`Channel "${title}" ${made ? 'opened' : 'was there'}: ${contactPoints.join(', ')}.`);
  return { id: channel.id, kind: plan.kind, title };
}

function deskOf(desks: ReadonlyMap<ContactPointId, LiaisonClient>, id: ContactPointId): LiaisonClient {
  const desk = desks.get(id);
  if (desk === undefined) throw new LiaisonError('internal', `The demo has no device of ${id}.`);
  return desk;
}
