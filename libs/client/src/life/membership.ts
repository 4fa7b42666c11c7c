import { memberAt } from '#liaison/mls-session';
import { parseDeviceCertificate } from '#liaison/crypto';
import type { DeviceAddress } from '#liaison/protocol';
import type { MemberChannel } from '../commit-desk.js';
import { memberViews } from '../client-reader.js';
import { compromiseOf } from '../compromise.js';
import type { Trust } from '../trust.js';
import type { MemberView } from '../views.js';
import type { ChannelChange, ChannelMember, ChannelMembership, Entrance, PastMember } from './client-life.js';

/** Members by this device's own group state, with what it saw of their coming and of those who are gone. */
export function membershipOf(
  { group, state }: MemberChannel,
  changes: readonly ChannelChange[],
  trust: Trust,
  at: number,
): ChannelMembership {
  const members = memberViews(group, state, trust, at).map((member): ChannelMember => {
    const since = entranceOf(member.device, changes);
    const officer = member.device.split(':')[1] ?? '';
    const serial = serialOf(memberAt(group, member.leafIndex)?.certificate);
    const compromised = isCompromised(member, serial, trust, at);
    return { ...member, officer, compromised, ...(since !== undefined && { since }) };
  });
  return { members, past: pastMembers(changes) };
}

function serialOf(certificate: Uint8Array | undefined): string | undefined {
  return certificate && parseDeviceCertificate(certificate).serial;
}

/** What it sent until it was declared so may not be its officer's; that it is still in the channel is worth a mark of its own. */
function isCompromised({ device, contactPoint }: MemberView, serial: string | undefined, trust: Trust, at: number) {
  const storedAt = new Date(at).toISOString();
  const point = trust.contactPoint(contactPoint);
  const ofDevice = compromiseOf({ sender: device, storedAt, ...(serial !== undefined && { serial }) }, trust);
  return ofDevice !== undefined || (point?.compromised !== undefined && point.status !== 'active');
}

function entranceOf(device: DeviceAddress, changes: readonly ChannelChange[]): Entrance | undefined {
  const change = changes.findLast(({ added }) => added.includes(device));
  return change && placeOf(change);
}

function pastMembers(changes: readonly ChannelChange[]): PastMember[] {
  return changes.flatMap((change) => change.removed.map((removed) => ({ ...removed, ...placeOf(change) })));
}

function placeOf({ at, seq, by, purpose }: ChannelChange): Entrance {
  return { at, seq, by, ...(purpose !== undefined && { purpose }) };
}
