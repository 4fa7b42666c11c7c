/** `2026-11-21 18:00 UTC · 20:00 Europe/Sofia`: a desk reads both, and both name themselves. */
export function momentIn(timestamp: string, timeZone: string): string {
  const moment = new Date(timestamp);
  return `${dayIn(moment, 'UTC')} ${clockIn(moment, 'UTC')} UTC · ${localPart(moment, timeZone)} ${timeZone}`;
}

/** For tables: `21 Nov 18:00Z (20:00)`. */
export function shortMomentIn(timestamp: string, timeZone: string): string {
  const moment = new Date(timestamp);
  const day = moment.toLocaleDateString('en-GB', { timeZone: 'UTC', day: '2-digit', month: 'short' });
  return `${day} ${clockIn(moment, 'UTC')}Z (${localPart(moment, timeZone)})`;
}

/** Seconds and milliseconds of UTC, where the order of close moments matters: `18:00:03.120Z`. */
export function exactTime(timestamp: string): string {
  return timestamp.slice(11);
}

/** The local hour, with its day only where that differs from the day in UTC. */
function localPart(moment: Date, timeZone: string): string {
  const day = dayIn(moment, timeZone);
  return day === dayIn(moment, 'UTC') ? clockIn(moment, timeZone) : `${day.slice(5)} ${clockIn(moment, timeZone)}`;
}

function dayIn(moment: Date, timeZone: string): string {
  return moment.toLocaleDateString('sv-SE', { timeZone });
}

function clockIn(moment: Date, timeZone: string): string {
  return moment.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
}
