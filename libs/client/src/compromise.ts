import type { RevocationList } from '#liaison/crypto';
import { contactPointOf, type DeviceAddress } from '#liaison/protocol';
import type { Trust } from './trust.js';

/** Somebody else may have written it: the officer, contact point or co-chairs whom it concerns have said so, signed. */
export interface Compromise {
  /** `device`: by the revocation list of its contact point. `contact-point`: by the roster. */
  readonly of: 'device' | 'contact-point';
  readonly since: string;
  readonly declaredAt: string;
}

/** What has to be known of a record to judge it. */
export interface Sent {
  readonly sender: DeviceAddress;
  /** Of the certificate that it was verified by; records of one's own have none. */
  readonly serial?: string;
  /** By the hub's clock. */
  readonly storedAt: string;
}

/** What was declared of the sender and of the time in which the record was stored. */
export function compromiseOf(sent: Sent, trust: Trust): Compromise | undefined {
  const contactPoint = contactPointOf(sent.sender);
  return ofContactPoint(sent, trust) ?? ofDevice(sent, trust.revocationLists.get(contactPoint));
}

/** Also after the declaration, for as long as the contact point was not let in again: what came then came through a hub that did not heed it. */
function ofContactPoint({ sender, storedAt }: Sent, trust: Trust): Compromise | undefined {
  const contactPoint = contactPointOf(sender);
  const { compromised, earlierCompromises = [] } = trust.contactPoint(contactPoint) ?? {};
  const declared = [...earlierCompromises, ...(compromised === undefined ? [] : [compromised])];
  const found = declared.find(
    ({ since, declaredAt }) =>
      since <= storedAt && (storedAt < declaredAt || trust.wasInactive(contactPoint, Date.parse(storedAt))),
  );
  return found && { of: 'contact-point', ...found };
}

/** A record of after the revocation is not opened at all. */
function ofDevice({ serial, storedAt }: Sent, list: RevocationList | undefined): Compromise | undefined {
  const revocation = serial === undefined ? undefined : list?.revoked.get(serial);
  if (revocation?.invalidSince === undefined || Date.parse(storedAt) < revocation.invalidSince) return undefined;
  const [since, declaredAt] = [revocation.invalidSince, revocation.revokedAt].map((time) =>
    new Date(time).toISOString(),
  );
  return { of: 'device', since: since ?? '', declaredAt: declaredAt ?? '' };
}
