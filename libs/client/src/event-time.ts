import type { ChannelEvent } from '#liaison/protocol';
import { breach } from './breach.js';
import type { ChannelReading } from './channel-reading.js';
import { TIMES_APART_MS } from './former-points.js';

/**
 * When the hub ordered the next event, as far as this device believes it: not before what came before it, not before this
 * device had last read all that there was, not in the future. Beyond what clocks may differ it is an alarm (CLI-22), and judged by the bound.
 * A bound that lies ahead of the clock is from a time when the clock was wrong, or the hub's doing: it holds back nothing beyond now.
 * @returns milliseconds since 1970.
 */
export async function timeOf(reading: ChannelReading, event: ChannelEvent): Promise<number> {
  const stated = Date.parse(event.at);
  const { latestAt = Number.NEGATIVE_INFINITY, readToEndAt = Number.NEGATIVE_INFINITY } = reading.channel.state;
  const earliest = Math.min(Math.max(latestAt, readToEndAt), reading.at);
  const within = Math.min(Math.max(stated, earliest), reading.at);
  const isApart = Math.abs(stated - within) > TIMES_APART_MS;
  if (isApart) await tell(reading, event, within);
  // What is judged by it allows for clocks that differ: that an event is dated back is not allowed for a second time.
  const at = isApart ? within : Math.max(stated, earliest);
  const { timesApart: _told, ...state } = reading.channel.state;
  const latest = Math.min(Math.max(at, latestAt), reading.at);
  reading.channel.state = { ...state, latestAt: latest, ...(isApart && { timesApart: true }) };
  return at;
}

/** Once, until the hub's times fit again: a clock that is wrong would fill the alarms. */
async function tell(reading: ChannelReading, { seq, at }: ChannelEvent, bound: number): Promise<void> {
  if (reading.channel.state.timesApart === true) return;
  const detail = `It says ${at}; by what this device has seen it was ${new Date(bound).toISOString()}.`;
  await reading.alarm(breach('CLI-22', detail), seq);
}

/** How often, at most, something is written only to remember that nothing is new. */
const NOTED_EVERY_MS = 60 * 1000;

/**
 * When the hub was asked for all that there is only moves on: an answer may take longer than others that were asked for later.
 * A clock that was put back takes it along.
 * @returns whether it is to be written.
 */
export function isLaterLook(askedAt: number, before: number | undefined, now: number): boolean {
  if (before === undefined) return true;
  return before > now || askedAt - before >= NOTED_EVERY_MS;
}

/** This device has all that the hub had when it was asked: what comes after this is not older. */
export function noteReadToEnd(reading: ChannelReading, askedAt: number): void {
  const { readToEndAt } = reading.channel.state;
  if (isLaterLook(askedAt, readToEndAt, reading.at)) reading.update({ readToEndAt: askedAt });
}
