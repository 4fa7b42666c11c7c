import type { ChannelPlan, ChannelView, LiaisonClient } from '#liaison/client';
import type { ContactPointId, DeviceAddress } from '#liaison/protocol';

/** A channel as it is to be: found where it exists, finished where its making was cut short, made where there is none. */
export interface WantedChannel {
  readonly plan: Omit<ChannelPlan, 'contactPoints' | 'devices'>;
  readonly contactPoints: readonly ContactPointId[];
  readonly devices: readonly DeviceAddress[];
}

/**
 * @param client of the device that opens it, synced.
 * @returns the channel, and whether it had to be made.
 */
export async function openChannel(
  client: LiaisonClient,
  wanted: WantedChannel,
): Promise<{ readonly channel: ChannelView; readonly made: boolean }> {
  const found = (await client.channels()).find((channel) => isWanted(channel, wanted));
  if (found === undefined) {
    const { plan, contactPoints, devices } = wanted;
    return { channel: await client.createChannel({ ...plan, contactPoints, devices }), made: true };
  }
  await addWhoIsMissing(client, found, wanted.devices);
  await nameIt(client, found, wanted.plan);
  return { channel: found, made: false };
}

/** Kind and contact points: the title may not have been written yet. */
function isWanted({ profile, membership }: ChannelView, { plan, contactPoints }: WantedChannel): boolean {
  if (membership !== 'member' || profile.kind !== plan.kind) return false;
  return [...profile.releasableTo].sort().join() === [...contactPoints].sort().join();
}

async function addWhoIsMissing(client: LiaisonClient, channel: ChannelView, devices: readonly DeviceAddress[]) {
  const present = (await client.members(channel.id)).map(({ device }) => device);
  const absent = devices.filter((device) => !present.includes(device));
  if (absent.length > 0) await client.addMembers(channel.id, absent);
}

async function nameIt(client: LiaisonClient, channel: ChannelView, plan: WantedChannel['plan']): Promise<void> {
  if (channel.title !== undefined || plan.title === undefined) return;
  const waiting = await client.outbox();
  if (waiting.some((item) => item.channel === channel.id && item.state !== 'stored' && item.state !== 'failed')) return;
  const { title, legalBasis, caseNumber, ceiling } = plan;
  await client.send({
    channel: channel.id,
    kind: 'profile',
    body: {
      v: 1,
      type: 'channel-title',
      title,
      ...(legalBasis !== undefined && { legalBasis }),
      ...(caseNumber !== undefined && { caseNumber }),
    },
    marking: { classification: ceiling, handling: [], caveats: [] },
  });
}
