import { LiaisonError } from '#liaison/protocol';

const LEAST_SHOWN = 8;

/** For each id, the fewest first characters that no other id of the list shares: never fewer than 8. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(ids)].sort();
  return new Map(
    sorted.map((id, index) => {
      const shared = Math.max(sharedStart(id, sorted[index - 1]), sharedStart(id, sorted[index + 1]));
      return [id, id.slice(0, Math.max(LEAST_SHOWN, shared + 1))];
    }),
  );
}

/**
 * The one id that begins so.
 * @param what plain words for the message, such as `record`.
 * @throws LiaisonError `not-found` where none does, `usage` where several do.
 */
export function idByPrefix<T extends string>(ids: readonly T[], prefix: string, what: string): T {
  const wanted = prefix.toLowerCase();
  const found = [...new Set(ids)].filter((id) => id.startsWith(wanted));
  const [only] = found;
  if (only === undefined || wanted === '') {
    throw new LiaisonError('not-found', `This device knows no ${what} whose id begins with ${JSON.stringify(prefix)}.`);
  }
  if (found.length === 1) return only;
  const choices = [...shortIds(found).values()].slice(0, 5).join(', ');
  throw new LiaisonError('usage', `${found.length} ${what}s begin so. Give more of the id: ${choices}.`);
}

function sharedStart(a: string, b: string | undefined): number {
  if (b === undefined) return 0;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
