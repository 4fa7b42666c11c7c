import * as z from 'zod';
import { ChannelProfile } from './channel-profile.js';
import { base64urlUpTo, Timestamp } from './encoded.js';
import { ChannelId, DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';
import { ChannelEvent } from './record.js';

/** A new channel: the GroupInfo of an MLS group at epoch 0 whose one member is the caller. Id and profile stand in it. */
export const ChannelCreation = z.strictObject({ groupInfo: base64urlUpTo(LIMITS.groupInfoBytes) });

/** A commit, the Welcome for those it adds, and the GroupInfo of the epoch it makes. */
export const CommitSubmission = z.strictObject({
  commit: base64urlUpTo(LIMITS.commitBytes),
  welcome: base64urlUpTo(LIMITS.welcomeBytes).optional(),
  groupInfo: base64urlUpTo(LIMITS.groupInfoBytes),
});
export type CommitSubmission = z.infer<typeof CommitSubmission>;

export const CommitReceipt = z.strictObject({
  channel: ChannelId,
  seq: z.int().min(1),
  epoch: z.int().min(1),
  storedAt: Timestamp,
  duplicate: z.boolean(),
});
export type CommitReceipt = z.infer<typeof CommitReceipt>;

/** A channel as one of its members sees it. `from` and `until` bound the events that this device may fetch, both inclusive. */
export const ChannelSummary = z.strictObject({
  id: ChannelId,
  epoch: z.int().min(0),
  lastSeq: z.int().min(0),
  from: z.int().min(0),
  until: z.int().min(0).optional(),
});
export type ChannelSummary = z.infer<typeof ChannelSummary>;

export const ChannelDetail = ChannelSummary.extend({
  profile: ChannelProfile,
  members: z.array(z.strictObject({ leafIndex: z.int().min(0), device: DeviceAddress })),
});
export type ChannelDetail = z.infer<typeof ChannelDetail>;

export const EventPage = z.strictObject({ events: z.array(ChannelEvent), lastSeq: z.int().min(0) });
export type EventPage = z.infer<typeof EventPage>;

/** How far each member's device has got, by its own durable cursor. */
export const DeliveryReport = z.strictObject({
  cursors: z.array(z.strictObject({ device: DeviceAddress, seq: z.int().min(0), at: Timestamp })),
});

/** A Welcome that waits for this device. `seq` is the place of the commit that added it. */
export const PendingWelcome = z.strictObject({
  id: z.string().max(64),
  channel: ChannelId,
  seq: z.int().min(1),
  epoch: z.int().min(1),
  welcome: base64urlUpTo(LIMITS.welcomeBytes),
});
export type PendingWelcome = z.infer<typeof PendingWelcome>;

export const KeyPackageUpload = z.strictObject({
  keyPackages: z.array(base64urlUpTo(LIMITS.keyPackageBytes)).max(LIMITS.keyPackagesPerDevice),
  /** Handed out, again and again, once the others are used up. */
  lastResort: base64urlUpTo(LIMITS.keyPackageBytes).optional(),
});

export const KeyPackageCount = z.strictObject({ oneTime: z.int().min(0), lastResort: z.boolean() });

export const KeyPackageClaim = z.strictObject({ devices: z.array(DeviceAddress).min(1).max(LIMITS.membersPerChannel) });

/** In the order of the claim. `keyPackage` is absent where the device has none, does not exist, or is not in good standing. */
export const ClaimedKeyPackages = z.strictObject({
  claimed: z.array(
    z.strictObject({ device: DeviceAddress, keyPackage: base64urlUpTo(LIMITS.keyPackageBytes).optional() }),
  ),
});
