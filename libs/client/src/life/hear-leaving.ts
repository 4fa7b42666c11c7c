import { verify } from '#liaison/crypto';
import { parseHandshake } from '#liaison/mls-framing';
import { type GroupState, type Member, ownLeafIndex } from '#liaison/mls-session';
import {
  type ChannelEvent,
  decodeLeaving,
  fromBase64url,
  leavingSignedBytes,
  type LeavingStatement,
} from '#liaison/protocol';
import { asBreach, breach } from '../breach.js';
import { changesOf } from '../channel-changes.js';
import type { ChannelReading } from '../channel-reading.js';
import { isKeyOfLeaf } from '../channel-state.js';
import { deviceOf, publicKeyOf } from '../group-policy.js';
import { failWaiting } from '../outbox-item.js';
import { dropCommit } from '../pending-commit.js';

export const LEAVING_CONTEXT = 'channel-leaving';

interface Proposed {
  readonly removes: Member;
  readonly authenticatedData: Uint8Array;
}

/**
 * What the hub’s proposal says of a member that leaves. What the member has signed is remembered while its leaf has this key; of what it has
 * not there is an alarm (CLI-99), and the proposal is the hub’s own like any other.
 * @param group before the proposal.
 */
export async function heardLeaving(
  reading: ChannelReading,
  seq: number,
  group: GroupState,
  { removes, authenticatedData }: Proposed,
): Promise<'unsaid' | 'signed' | 'forged'> {
  if (authenticatedData.length === 0) return 'unsaid';
  try {
    const leaving = await ownWord(reading, decodeLeaving(authenticatedData), { group, removes });
    const { leavings } = reading.channel.state;
    reading.update({ leavings: { ...leavings, [String(removes.leafIndex)]: leaving } });
    return 'signed';
  } catch (cause) {
    await reading.alarm(asBreach('CLI-99', cause), seq);
    return 'forged';
  }
}

/** Over this channel, over the leaf that it has, and since it came in. @throws LiaisonError `integrity` CLI-99. */
async function ownWord(
  { channel: { state }, transaction }: ChannelReading,
  leaving: LeavingStatement | undefined,
  { group, removes }: { readonly group: GroupState; readonly removes: Member },
): Promise<LeavingStatement> {
  const device = deviceOf(removes.certificate);
  const isOfMember = leaving?.device === device && leaving.channel === state.id;
  const isGood = isOfMember && isSigned(leaving, publicKeyOf(removes.certificate));
  if (!isGood || !isKeyOfLeaf(group, removes.leafIndex, leaving.leaf)) throw breach('CLI-99', `It is about ${device}.`);
  const cameIn = (await changesOf(transaction, state.id)).findLast(({ added }) => added.includes(device));
  if (cameIn !== undefined && leaving.seq < cameIn.seq)
    throw breach('CLI-99', `${device} had said so before it came back.`);
  return leaving;
}

/**
 * Whether this is the hub’s word to all others that this device leaves, as this device has signed it since it came in: then it has left,
 * whatever its store remembers of it. The keys of the group go, and what waits in the outbox; what was read stays.
 */
export async function leavesBy(
  reading: ChannelReading,
  event: Extract<ChannelEvent, { type: 'proposal' }>,
): Promise<boolean> {
  const { channel, transaction } = reading;
  const said = ownLeavingIn(reading, event.proposal);
  if (said === undefined) return false;
  dropCommit(transaction, channel);
  channel.group = undefined;
  const { leaving: _done, leavingRefused: _before, ...state } = channel.state;
  const left = { at: event.at, ...(said.reason !== undefined && { reason: said.reason }) };
  channel.state = { ...state, membership: 'removed', until: event.seq, expected: {}, left };
  await failWaiting(transaction, channel.state);
  return true;
}

function ownLeavingIn({ channel, device }: ChannelReading, proposal: string): LeavingStatement | undefined {
  const { group, state } = channel;
  const leaving = decodeLeaving(authenticatedDataOf(proposal));
  if (leaving?.device !== device.address || leaving.channel !== state.id || leaving.seq < (state.joinedAt ?? 0))
    return undefined;
  const isOwn = group !== undefined && isKeyOfLeaf(group, ownLeafIndex(group), leaving.leaf);
  return isOwn && isSigned(leaving, device.key.publicKey) ? leaving : undefined;
}

/** Nothing of what cannot be read: whoever reads the proposal says so. */
function authenticatedDataOf(proposal: string): Uint8Array {
  try {
    return parseHandshake(fromBase64url(proposal)).authenticatedData;
  } catch {
    return new Uint8Array();
  }
}

function isSigned({ signature, ...said }: LeavingStatement, publicKey: Uint8Array): boolean {
  return verify(LEAVING_CONTEXT, leavingSignedBytes(said), fromBase64url(signature), publicKey);
}
