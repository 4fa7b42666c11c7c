import type { RecordHeader } from '#liaison/protocol';

type RequestedClock = NonNullable<RecordHeader['clock']>;

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;

/**
 * Time limits for an answer, by class: Directive (EU) 2023/977 article 5(1). Urgent and directly accessible: eight hours;
 * urgent and not directly accessible: three calendar days; all else: seven. Counted from the receipt of the request.
 */
const LIMIT: Readonly<Record<RequestedClock['class'], number>> = {
  'urgent-direct': 8 * HOUR,
  'urgent-indirect': 3 * DAY,
  other: 7 * DAY,
};

/** @param storedAt RFC 3339: when the hub received it. @returns milliseconds since 1970 by which it is to be answered. */
export function dueTime(clock: RequestedClock, storedAt: string): number {
  return Date.parse(storedAt) + LIMIT[clock.class];
}
