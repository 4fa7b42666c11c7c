import type { RevocationList } from '#liaison/crypto';
import { contactPointOf, type DeviceAddress, type Roster } from '#liaison/protocol';
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
  const point = trust.contactPoint(contactPoint);
  return ofContactPoint(sent, point) ?? ofDevice(sent, trust.revocationLists.get(contactPoint));
}

function ofContactPoint(
  { storedAt }: Sent,
  point: Roster['contactPoints'][number] | undefined,
): Compromise | undefined {
  if (point?.compromised === undefined) return undefined;
  const { since, declaredAt } = point.compromised;
  return since <= storedAt && storedAt < declaredAt ? { of: 'contact-point', since, declaredAt } : undefined;
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
