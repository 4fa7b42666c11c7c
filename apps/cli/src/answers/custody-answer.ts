import { contactPointOf, type CustodyOpening } from '#liaison/protocol';
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
