import {
  contactPointOf,
  type ChannelId,
  type ChannelProfile,
  type ContactPointId,
  type DeviceAddress,
} from '#liaison/protocol';

export interface ChannelMember {
  readonly device: DeviceAddress;
  readonly leafIndex: number;
  /** Ed25519, 32 bytes: of the member's leaf. */
  readonly signatureKey: Uint8Array;
}

/** A channel in one epoch: who its members are and what its rules say. Only a commit changes it, and a member that leaves. */
export interface ChannelState {
  readonly id: ChannelId;
  readonly epoch: number;
  readonly profile: ChannelProfile;
  readonly members: ReadonlyMap<DeviceAddress, ChannelMember>;
}

/** The state without those who have left: they are in the group until their removal is committed, and no members. */
export function withoutMembers(
  state: ChannelState,
  left: Pick<ReadonlySet<DeviceAddress>, 'has' | 'size'>,
): ChannelState {
  if (left.size === 0) return state;
  return { ...state, members: new Map([...state.members].filter(([device]) => !left.has(device))) };
}

/** This map of members never changes, and many records are sent in it. */
const known = new WeakMap<ChannelState['members'], ReadonlySet<ContactPointId>>();

/** Whose devices hold the keys. */
export function contactPointsIn({ members }: Pick<ChannelState, 'members'>): ReadonlySet<ContactPointId> {
  const found = known.get(members) ?? new Set([...members.keys()].map(contactPointOf));
  known.set(members, found);
  return found;
}
