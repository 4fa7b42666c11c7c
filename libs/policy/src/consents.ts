import type { ChannelId, ConsentAct, ConsentTerms, ContactPointId, RecordId } from '#liaison/protocol';

/** A record of kind `consent`, as far as it counts. */
export interface ConsentRecord {
  readonly id: RecordId;
  readonly channel: ChannelId;
  /** The record whose use is in question, in the same channel. */
  readonly about: RecordId;
  /** Contact point of the sender. */
  readonly by: ContactPointId;
  readonly terms: ConsentTerms;
}

/** An originator's word that holds now. */
export interface Consent {
  readonly record: RecordId;
  readonly by: ContactPointId;
  readonly act: ConsentAct;
  readonly recipients: readonly ContactPointId[];
  readonly to: readonly ContactPointId[];
}

/**
 * What was given, has not expired and was not revoked. Whoever gave it alone revokes it; a revocation counts wherever it
 * stands in the sequence, so that no order of delivery brings a consent back. Whether `by` is an originator is asked
 * where it is used (`consentedRecipients`).
 * @param at milliseconds since 1970.
 */
export function consentsInForce(records: readonly ConsentRecord[], at: number): Consent[] {
  const revoked = new Set(
    records.flatMap(({ terms, by }) => (terms.state === 'revoked' ? `${terms.answers ?? ''} ${by}` : [])),
  );
  const given = records.filter(({ terms }) => terms.state === 'given' && !hasExpired(terms, at));
  return given.filter(({ id, by }) => !revoked.has(`${id} ${by}`)).map(asConsent);
}

function hasExpired({ expiresAt }: ConsentTerms, at: number): boolean {
  // Not a number for a day that no calendar has: that never holds.
  return expiresAt !== undefined && !(at < Date.parse(expiresAt));
}

function asConsent({ id, by, terms: { act, recipients, to } }: ConsentRecord): Consent {
  return { record: id, by, act, recipients, to };
}
