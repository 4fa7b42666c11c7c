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
 * where it is used ({@link consentedRecipients}).
 * @param at milliseconds since 1970.
 */
export function consentsInForce(records: readonly ConsentRecord[], at: number): Consent[] {
  const given = records.filter(({ terms }) => terms.state === 'given' && !hasExpired(terms, at));
  return given.filter((consent) => !records.some((other) => revokes(other, consent))).map(asConsent);
}

/**
 * Whom these originators together allow the actor to reach by this act: those that every one of them names. Nobody needs to
 * consent to having its own.
 */
export function consentedRecipients(
  consents: readonly Consent[],
  originators: readonly ContactPointId[],
  act: ConsentAct,
  actor: ContactPointId,
): (recipient: ContactPointId) => boolean {
  const usable = usableConsents(consents, act, actor);
  const asked = originators.filter((originator) => originator !== actor);
  return (recipient) =>
    asked.every(
      (originator) =>
        recipient === originator ||
        usable.some(({ by, recipients }) => by === originator && recipients.includes(recipient)),
    );
}

/** Whether every one of these originators lets the actor do what reaches nobody else. */
export function isConsentedTo(
  consents: readonly Consent[],
  originators: readonly ContactPointId[],
  act: ConsentAct,
  actor: ContactPointId,
): boolean {
  const usable = usableConsents(consents, act, actor);
  return originators.every((originator) => originator === actor || usable.some(({ by }) => by === originator));
}

function usableConsents(consents: readonly Consent[], act: ConsentAct, actor: ContactPointId): Consent[] {
  return consents.filter((consent) => consent.act === act && consent.to.includes(actor));
}

function hasExpired({ expiresAt }: ConsentTerms, at: number): boolean {
  // Not a number for a day that no calendar has: that never holds.
  return expiresAt !== undefined && !(at < Date.parse(expiresAt));
}

function revokes(other: ConsentRecord, consent: ConsentRecord): boolean {
  return other.terms.state === 'revoked' && other.terms.answers === consent.id && other.by === consent.by;
}

function asConsent({ id, by, terms: { act, recipients, to } }: ConsentRecord): Consent {
  return { record: id, by, act, recipients, to };
}
