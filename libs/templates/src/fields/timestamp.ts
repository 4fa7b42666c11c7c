import { Timestamp } from '#liaison/protocol';
import { leafType, trimmed } from '../field-type.js';
import { momentText } from '../time-text.js';

/** A moment: RFC 3339 in UTC with milliseconds. Other offsets are converted; a time without offset is refused. */
export const timestamp = leafType({
  id: 'timestamp',
  schema: () => Timestamp,
  normalise: toUtc,
  show: (value, { timeZone }) => ({ text: momentText(value, timeZone), direction: 'ltr' }),
});

/** What is no moment with an offset stays as it is, for the schema to refuse. */
export function toUtc(typed: unknown): unknown {
  const written = trimmed(typed);
  if (typeof written !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(written)) return typed;
  const time = Date.parse(written);
  return Number.isNaN(time) ? typed : new Date(time).toISOString();
}
