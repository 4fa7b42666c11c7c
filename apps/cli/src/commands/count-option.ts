import { LiaisonError } from '#liaison/protocol';

/** @throws LiaisonError `usage` where the option's value is not a number above 0. */
export function countOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isFinite(count) && count > 0) return count;
  throw new LiaisonError('usage', `${option} takes a number above 0.`);
}
