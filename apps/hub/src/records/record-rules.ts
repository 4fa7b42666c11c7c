import { explainReasons, mayPost, reasonsOf, type ReasonCode } from '#liaison/policy';
import { LiaisonError, type RecordHeader } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { contactPointsIn, type ChannelState } from '../channels/channel-state.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How far the time of sending may be from ours: a device may be away for weeks with a full outbox, no clock is a day fast. */
const SENT_AT_PAST_MS = 30 * DAY_MS;
const SENT_AT_FUTURE_MS = DAY_MS;

const CHECK_OF_REASON: Partial<Record<ReasonCode, string>> = {
  'above-ceiling': 'REC-06',
  'not-releasable': 'REC-07',
  'no-role': 'REC-08',
  'above-clearance': 'REC-10',
  'channel-closed': 'REC-20',
  'exercise-mixed': 'REC-21',
};

type Sender = Pick<AuthenticatedDevice, 'device' | 'contactPoint' | 'clearance'>;

/**
 * What the hub can tell of a record from its header, the channel's profile and its sender: REC-04, REC-06 to REC-10, REC-19 to REC-21.
 * @param at milliseconds since 1970.
 * @throws LiaisonError `not-allowed`.
 */
export function requireLawfulRecord(
  header: RecordHeader,
  state: Pick<ChannelState, 'profile' | 'members'>,
  sender: Sender,
  at: number,
): void {
  if (header.sender !== sender.device) throw forbidden('REC-04', 'The header names another sender than this device.');
  requireChannelRules(header, state, sender);
  if (header.kind === 'acknowledgement' && header.inReplyTo === undefined) {
    throw forbidden('REC-19', 'An acknowledgement says which record it is of.');
  }
  const ahead = Date.parse(header.sentAt) - at;
  // Not a number for a day that no calendar has, such as 31 February.
  if (!(ahead <= SENT_AT_FUTURE_MS && ahead >= -SENT_AT_PAST_MS)) {
    throw forbidden('REC-09', 'The time of sending is a day ahead or a month old. Set the clock of this device.');
  }
}

function requireChannelRules(
  { kind, marking, releasableTo, exercise }: RecordHeader,
  state: Pick<ChannelState, 'profile' | 'members'>,
  actor: Sender,
): void {
  const { profile } = state;
  const members = contactPointsIn(state);
  const reasons = reasonsOf(mayPost({ actor, profile, kind, marking, releasableTo, exercise, members }));
  const [first] = reasons;
  if (first !== undefined) throw forbidden(CHECK_OF_REASON[first.code] ?? 'REC-07', explainReasons(reasons));
}

function forbidden(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
