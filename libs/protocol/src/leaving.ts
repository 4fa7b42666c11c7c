import * as z from 'zod';
import { fromUtf8, utf8 } from './bytes.js';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { base64urlOf, line, Timestamp } from './encoded.js';
import { ChannelId, DeviceAddress } from './ids.js';

/** A device leaves a channel of its own accord: docs/spec/channel.md#leaving-of-ones-own-accord. */

/** What the device sends to the hub. Channel and device are said by the call. */
export const LeavingRequest = z.strictObject({
  /** The device's clock. */
  at: Timestamp,
  /** HPKE key of the leaf that it leaves: another one comes with the next KeyPackage. */
  leaf: base64urlOf(32),
  /** Hub, log and members keep the words in clear. */
  reason: line(300).optional(),
  /** The place up to which it has read the channel. */
  seq: z.int().min(0),
  /** Ed25519 by the device over {@link leavingSignedBytes}. */
  signature: base64urlOf(64),
});
export type LeavingRequest = z.infer<typeof LeavingRequest>;

/** What members are shown: the authenticated data of the hub’s proposal to remove the leaf. */
export const LeavingStatement = LeavingRequest.extend({ channel: ChannelId, device: DeviceAddress });
export type LeavingStatement = z.infer<typeof LeavingStatement>;

/** What a device signs to leave (signing context `channel-leaving`). */
export function leavingSignedBytes({ at, channel, device, leaf, reason, seq }: Omit<LeavingStatement, 'signature'>) {
  return utf8(canonicalJson({ at, channel, device, leaf, seq, ...(reason !== undefined && { reason }) }));
}

export function encodeLeaving(statement: LeavingStatement): Uint8Array {
  return utf8(canonicalJson(statement));
}

/** @returns undefined where the bytes are no such statement. */
export function decodeLeaving(bytes: Uint8Array): LeavingStatement | undefined {
  try {
    const parsed = LeavingStatement.safeParse(parseCanonicalJson(fromUtf8(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** `seq`: the last place of the channel that the device may read. `refused`: which check. */
export const LeavingOutcome = z.union([
  z.strictObject({ channel: ChannelId, seq: z.int().min(1) }),
  z.strictObject({ refused: z.string().max(16) }),
]);
export type LeavingOutcome = z.infer<typeof LeavingOutcome>;
