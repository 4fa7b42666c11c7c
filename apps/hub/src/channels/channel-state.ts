import type { ChannelId, ChannelProfile, DeviceAddress } from '#liaison/protocol';

export interface ChannelMember {
  readonly device: DeviceAddress;
  readonly leafIndex: number;
  /** Ed25519, 32 bytes: of the member's leaf. */
  readonly signatureKey: Uint8Array;
}

/** A channel in one epoch: who its members are and what its rules say. Nothing of it changes but by a commit. */
export interface ChannelState {
  readonly id: ChannelId;
  readonly epoch: number;
  readonly profile: ChannelProfile;
  readonly members: ReadonlyMap<DeviceAddress, ChannelMember>;
}
