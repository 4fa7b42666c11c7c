import type { ContactPointId } from '#liaison/protocol';

/** ISO 3166-1 alpha-2 in lower case, of `bg` or `bg-border`; undefined for a contact point that is named by no country. */
export function countryOf(contactPoint: ContactPointId): string | undefined {
  return /^([a-z]{2})(-|$)/.exec(contactPoint)?.[1];
}
