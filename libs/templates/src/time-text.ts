/**
 * Moments are written alike in every language: `2026-11-23 22:00 GMT+2 (20:00 UTC)`. Day and month cannot be confused, and both the
 * reader's clock and everybody's clock are there.
 * @param timeZone IANA; UTC where this engine does not know it.
 */
export function momentText(iso: string, timeZone: string): string {
  const at = new Date(iso);
  const utc = civil(at, 'UTC');
  const local = civil(at, timeZone);
  if (local.zone === 'UTC') return `${utc.day} ${utc.time} UTC`;
  const inUtc = local.day === utc.day ? utc.time : `${utc.day} ${utc.time}`;
  return `${local.day} ${local.time} ${local.zone} (${inUtc} UTC)`;
}

interface Civil {
  readonly day: string;
  readonly time: string;
  readonly zone: string;
}

function civil(at: Date, timeZone: string): Civil {
  const parts = new Map(
    partsFormat(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const zone = part('timeZoneName');
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
    zone: /^GMT(\+0)?$/.test(zone) ? 'UTC' : zone,
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = newFormat(timeZone);
  formats.set(timeZone, made);
  return made;
}

function newFormat(timeZone: string): Intl.DateTimeFormat {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const options = { ...digits, hourCycle: 'h23', timeZoneName: 'shortOffset' } as const;
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  }
}
