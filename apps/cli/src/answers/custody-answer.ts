import type { KnownHold } from '#liaison/client';
import { contactPointOf, type CustodyOpening } from '#liaison/protocol';
import { safeText } from '../terminal/safe-text.js';
import { shortMomentIn } from '../terminal/time-text.js';

/** An opening for programs. */
export function openingJson({ id, channel, records, reason, authority, at, device, approval, index }: CustodyOpening) {
  return {
    id,
    channel,
    contactPoint: contactPointOf(device),
    records,
    reason,
    authority,
    at,
    by: device,
    agreedBy: approval?.device ?? null,
    index: index ?? null,
  };
}

/** In one sentence: who, when, why, under which authority, how much. Not yet safe for a terminal. */
export function openingText(opening: CustodyOpening, timeZone: string): string {
  const { records, reason, authority, at, device, approval } = opening;
  const what = records.length === 1 ? 'a record' : `${records.length} records`;
  const second = approval === undefined ? '' : ` and ${approval.device}`;
  const who = `${contactPointOf(device).toUpperCase()} (${device}${second})`;
  return `Opened from custody by ${who} on ${shortMomentIn(at, timeZone)}: ${what}. Authority: ${authority}. Reason: ${reason}`;
}

/** Of one record: who has had it opened. Every member may know. */
export function openingLines(openings: readonly CustodyOpening[], timeZone: string): string[] {
  return openings.map((opening) => safeText(openingText(opening, timeZone)));
}

/** A hold for programs. */
export function holdJson({
  id,
  channel,
  records,
  since,
  until,
  reason,
  authority,
  at,
  device,
  index,
  lift,
}: KnownHold) {
  return {
    id,
    channel,
    contactPoint: contactPointOf(device),
    records: records ?? null,
    since: since ?? null,
    until: until ?? null,
    reason,
    authority,
    at,
    by: device,
    index,
    lifted: lift === undefined ? null : { at: lift.at, by: lift.device, reason: lift.reason, index: lift.index },
  };
}
