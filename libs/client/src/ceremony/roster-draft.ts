import type { CertificateAuthority } from '#liaison/crypto';
import { type Clock, type ContactPointId, LiaisonError, Roster, timestampOf, toBase64url } from '#liaison/protocol';
import { type CustodyKeyHandIn, verifiedCustodyKey } from '../custody/custody-key.js';
import type { CommunityPlan, ContactPointPlan, HubIdentity } from './community-plan.js';
import { DAY } from './validity.js';

/** The co-chairs renew the roster at least once a year. */
export const ROSTER_DAYS = 365;

export interface RosterDraft {
  readonly plan: Omit<CommunityPlan, 'devices' | 'coChairs'>;
  /** The public halves that the co-chairs handed in. */
  readonly coChairs: Roster['coChairs'];
  /** The CA certificates that the contact points handed in. */
  readonly authorities: ReadonlyMap<ContactPointId, Pick<CertificateAuthority, 'certificate'>>;
  /** The keys that contact points' connectors made for witnessing. */
  readonly witnessKeys?: ReadonlyMap<ContactPointId, Uint8Array>;
  /** What contact points founded before the community. */
  readonly custodyKeys?: ReadonlyMap<ContactPointId, CustodyKeyHandIn>;
  readonly hub: HubIdentity;
  /** Until it has to be renewed; default a year. */
  readonly days?: number;
}

/** The founding roster, version 1: what the co-chairs read aloud and then sign. @throws LiaisonError `usage` where a CA is missing. */
export function draftRoster(
  { plan, coChairs, authorities, witnessKeys, custodyKeys, hub, days = ROSTER_DAYS }: RosterDraft,
  clock: Clock,
): Roster {
  return Roster.parse({
    v: 1,
    community: plan.community,
    version: 1,
    issuedAt: timestampOf(clock),
    expiresAt: new Date(clock.now() + days * DAY).toISOString(),
    threshold: plan.threshold,
    coChairs,
    hub: { origin: hub.origin, externalSenderKey: hub.externalSenderKey, logKey: hub.logKey },
    contactPoints: plan.contactPoints.map((point) => {
      const entry = rosterContactPoint(point, authorities.get(point.id)?.certificate);
      const custody = custodyKeys?.get(point.id);
      return {
        ...entry,
        ...witnessEntry(witnessKeys?.get(point.id)),
        ...(custody && verifiedCustodyKey(custody, entry.caCertificate)),
      };
    }),
    ...(plan.agreements && { agreements: plan.agreements }),
  } satisfies Record<Exclude<keyof Roster, 'agreements'>, unknown>);
}

export function witnessEntry(key: Uint8Array | undefined): { witnessKey?: string } {
  return key === undefined ? {} : { witnessKey: toBase64url(key) };
}

export function rosterContactPoint(
  plan: ContactPointPlan,
  certificate: Uint8Array | undefined,
): Roster['contactPoints'][number] {
  if (certificate === undefined) {
    throw new LiaisonError('usage', `Contact point ${plan.id} has not handed in its CA certificate.`);
  }
  const { id, names, timeZone, weekend, languages, ceiling } = plan;
  return {
    id,
    names: { ...names },
    caCertificate: toBase64url(certificate),
    timeZone,
    weekend: [...weekend],
    languages: [...languages],
    ceiling,
    status: 'active',
    ...(plan.administratorsToEnrol && { administratorsToEnrol: plan.administratorsToEnrol }),
  };
}
