import type * as z from 'zod';
import type { ContentBody } from '#liaison/protocol';

type Facts = z.infer<typeof ContentBody>['facts'];

/** Members of facts that name where a person comes from, as ISO 3166-1 alpha-2. */
const NAMED = new Set(['countryoforigin', 'countriesoforigin', 'nationality', 'nationalities', 'citizenship']);
/** Facts are as deep as a template makes them. */
const DEEPEST = 12;

/** Every country that the facts say somebody comes from, in lower case. */
export function countriesOfOrigin(facts: Facts): string[] {
  return [...new Set(collect(facts, 0))].sort();
}

function collect(value: Facts, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((item) => collect(item, depth + 1));
  return Object.entries(value).flatMap(([name, item]) =>
    NAMED.has(name.toLowerCase()) ? countriesIn(item) : collect(item, depth + 1),
  );
}

function countriesIn(value: Facts): string[] {
  const named: readonly unknown[] = Array.isArray(value) ? value : [value];
  return named.flatMap((item) => (typeof item === 'string' && /^[A-Za-z]{2}$/.test(item) ? [item.toLowerCase()] : []));
}
