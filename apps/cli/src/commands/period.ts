import { LiaisonError, Timestamp } from '#liaison/protocol';

export interface Period {
  readonly since?: Timestamp;
  readonly until?: Timestamp;
}

/** `--since` and `--until` as they were given. @throws LiaisonError `usage`. */
export function periodOf(given: { readonly since?: string | undefined; readonly until?: string | undefined }): Period {
  return { ...timeOf('since', given.since), ...timeOf('until', given.until) };
}

function timeOf(name: 'since' | 'until', text: string | undefined): Period {
  if (text === undefined) return {};
  const parsed = Timestamp.safeParse(text);
  if (parsed.success) return { [name]: parsed.data };
  throw new LiaisonError('usage', `--${name} takes a time in UTC with milliseconds, such as 2026-11-21T18:00:00.000Z.`);
}
