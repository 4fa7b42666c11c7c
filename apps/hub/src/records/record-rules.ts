import { roleFor } from '#liaison/policy';
import { hasRole, isWithin, LiaisonError, type ChannelProfile, type RecordHeader } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How far the time of sending may be from ours: a device may be away for weeks with a full outbox, no clock is a day fast. */
const SENT_AT_PAST_MS = 30 * DAY_MS;
const SENT_AT_FUTURE_MS = DAY_MS;

type Sender = Pick<AuthenticatedDevice, 'device' | 'contactPoint' | 'clearance'>;

/**
 * What the hub can tell of a record from its header, the channel's profile and its sender: REC-04, REC-06 to REC-10, REC-19.
 * @param at milliseconds since 1970.
 * @throws LiaisonError `not-allowed`.
 */
export function requireLawfulRecord(header: RecordHeader, profile: ChannelProfile, sender: Sender, at: number): void {
  if (header.sender !== sender.device) throw forbidden('REC-04', 'The header names another sender than this device.');
  requireMarking(header, profile, sender);
  const role = roleFor(header.kind);
  if (!hasRole(profile, sender.contactPoint, role)) {
    throw forbidden('REC-08', `In this channel your contact point may not ${role}.`);
  }
  if (header.kind === 'acknowledgement' && header.inReplyTo === undefined) {
    throw forbidden('REC-19', 'An acknowledgement says which record it is of.');
  }
  const ahead = Date.parse(header.sentAt) - at;
  // Not a number for a day that no calendar has, such as 31 February.
  if (!(ahead <= SENT_AT_FUTURE_MS && ahead >= -SENT_AT_PAST_MS)) {
    throw forbidden('REC-09', 'The time of sending is a day ahead or a month old. Set the clock of this device.');
  }
}

function requireMarking(header: RecordHeader, profile: ChannelProfile, sender: Sender): void {
  const { classification } = header.marking;
  if (!isWithin(classification, profile.ceiling)) {
    throw forbidden('REC-06', `${classification} is above the ceiling of this channel, ${profile.ceiling}.`);
  }
  if (!isWithin(classification, sender.clearance)) {
    throw forbidden('REC-10', `${classification} is above the clearance of this device, ${sender.clearance}.`);
  }
  const foreign = header.releasableTo?.find((contactPoint) => !profile.releasableTo.includes(contactPoint));
  if (foreign !== undefined) {
    throw forbidden('REC-07', `The record is marked releasable to ${foreign}, which this channel is not.`);
  }
}

function forbidden(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
