import * as z from 'zod';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, line, text, Timestamp } from './encoded.js';
import { LiaisonError } from './errors.js';
import { explainIssues } from './explain.js';
import { ContactPointId } from './ids.js';
import { LIMITS } from './limits.js';
import { Classification } from './marking.js';

/** First 16 hex digits of SHA-256 over the raw public key. */
export const KeyId = z.string().regex(/^[0-9a-f]{16}$/);

export const RosterContactPoint = z.strictObject({
  id: ContactPointId,
  /** Name by BCP 47 language tag; `en` is always there. */
  names: z
    .record(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/), line(200))
    .refine((names) => names['en'] !== undefined, 'an English name (en) is required'),
  /** DER of the contact point CA's certificate. */
  caCertificate: base64urlUpTo(LIMITS.certificateBytes),
  /** The CA that was replaced, and until when what it issued still counts: the time to certify every device anew. */
  previousCa: z.strictObject({ caCertificate: base64urlUpTo(LIMITS.certificateBytes), until: Timestamp }).optional(),
  custodyKey: base64urlOf(32).optional(),
  /** When the custody key was founded. Later keys have later times; one that has none came before all that do. */
  custodySince: Timestamp.optional(),
  /** By the CA over contact point, custody key and its time: without it the custody key is nobody's. */
  custodyProof: base64urlOf(64).optional(),
  intakeKey: base64urlOf(32).optional(),
  witnessKey: base64urlOf(32).optional(),
  /** IANA time zone. */
  timeZone: z
    .string()
    .regex(/^[A-Za-z_]+(\/[A-Za-z_+-]+)*$/)
    .max(64),
  /** ISO weekday numbers, 1 = Monday. */
  weekend: z.array(z.int().min(1).max(7)).max(3),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/))
    .min(1)
    .max(12),
  ceiling: Classification,
  status: z.enum(['active', 'suspended', 'left']),
  /** The co-chairs declare that what it sent from `since` until they declared it may be somebody else's. */
  compromised: z.strictObject({ since: Timestamp, declaredAt: Timestamp }).optional(),
  /** What they declared before: none is taken back by the next. */
  earlierCompromises: z
    .array(z.strictObject({ since: Timestamp, declaredAt: Timestamp }))
    .min(1)
    .max(20)
    .optional(),
  custodyPolicy: text(1000).optional(),
  /** Present where whoever invites a device may not be the one who certifies it. */
  administratorsToEnrol: z.literal(2).optional(),
});
export type RosterContactPoint = z.infer<typeof RosterContactPoint>;

/**
 * A security agreement between contact points: without one, nothing above RESTRICTED passes between them, and no marking of
 * one counts as equivalent to a marking of the other.
 */
export const SecurityAgreement = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/),
  /** Everybody named is a party towards everybody else named. */
  parties: z.array(ContactPointId).min(2).max(250),
  upTo: Classification,
  /** Where it can be read, such as `OJ L 324, 27.10.2004, p. 16`. */
  source: line(300),
  validFrom: z.iso.date(),
  validTo: z.iso.date().optional(),
  /** False: recorded on somebody's word, not read in its source. */
  verified: z.boolean(),
});
export type SecurityAgreement = z.infer<typeof SecurityAgreement>;

/** The log of a hub that was restored from a backup goes on from here; what it had logged beyond is void (docs/spec/restore.md). */
export const LogRestoration = z.strictObject({ size: z.int().min(1), root: base64urlOf(32), at: Timestamp });
export type LogRestoration = z.infer<typeof LogRestoration>;

/** The community: who its contact points are, signed by its co-chairs (docs/spec/roster.md). */
export const Roster = z
  .strictObject({
    v: z.literal(1),
    community: z.string().regex(/^[a-z0-9][a-z0-9-]{2,62}$/),
    version: z.int().min(1),
    issuedAt: Timestamp,
    expiresAt: Timestamp,
    /** Signatures of distinct co-chairs that a version needs. */
    threshold: z.int().min(1).max(16),
    coChairs: z
      .array(z.strictObject({ contactPoint: ContactPointId, keyId: KeyId, publicKey: base64urlOf(32) }))
      .min(1)
      .max(16),
    hub: z.strictObject({
      /** Where clients sign in: scheme, host and port, as in the text that a device signs. */
      origin: z
        .string()
        .regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/)
        .max(200),
      /** Ed25519; may propose the removal of a member, nothing else. */
      externalSenderKey: base64urlOf(32),
      /** Keys of that kind that it had before, the oldest first: groups may name one until a member has put the newest there. */
      formerExternalSenderKeys: z.array(base64urlOf(32)).min(1).max(LIMITS.formerHubKeys).optional(),
      /** Ed25519; signs checkpoints of the log, nothing else. Rosters of before the log have none. */
      logKey: base64urlOf(32).optional(),
      /** Keys that signed the log before: what they signed stays evidence, and nothing new counts under them. */
      formerLogKeys: z.array(base64urlOf(32)).min(1).max(LIMITS.formerHubKeys).optional(),
      /** The newest restoration. Each client follows it once. */
      restored: LogRestoration.optional(),
    }),
    contactPoints: z.array(RosterContactPoint).min(1).max(500),
    agreements: z.array(SecurityAgreement).max(500).optional(),
  })
  .refine((roster) => roster.threshold <= roster.coChairs.length, 'the threshold exceeds the number of co-chairs')
  .refine(
    (roster) => new Set(roster.coChairs.map((coChair) => coChair.publicKey)).size === roster.coChairs.length,
    'a co-chair key stands twice',
  )
  .refine(({ hub: { externalSenderKey, formerExternalSenderKeys = [] } }) => {
    const keys = [...formerExternalSenderKeys, externalSenderKey];
    return new Set(keys).size === keys.length;
  }, 'a key of the hub for proposals stands twice: one that was replaced does not come back')
  .refine(
    (roster) => new Set(roster.contactPoints.map((point) => point.id)).size === roster.contactPoints.length,
    'a contact point stands twice',
  )
  .refine((roster) => {
    const known = new Set(roster.contactPoints.map((point) => point.id));
    return (roster.agreements ?? []).every(({ parties }) => parties.every((party) => known.has(party)));
  }, 'an agreement names a party that is no contact point of the roster');
export type Roster = z.infer<typeof Roster>;

/** `roster` is the canonical text that was signed. */
export const SignedRoster = z.strictObject({
  roster: z.string().min(2).max(LIMITS.rosterChars),
  signatures: z
    .array(z.strictObject({ keyId: KeyId, signature: base64urlOf(64) }))
    .min(1)
    .max(32),
});
export type SignedRoster = z.infer<typeof SignedRoster>;

export function encodeRoster(roster: Roster): string {
  return canonicalJson(roster);
}

/** Reads without verifying: signatures are checked by `verifyRosterUpdate` of libs/crypto.
 * @throws LiaisonError `malformed` (ROS-01). */
export function decodeUntrustedRoster(rosterText: string): Roster {
  const parsed = Roster.safeParse(parseCanonicalJson(rosterText));
  if (!parsed.success)
    throw new LiaisonError('malformed', `The roster is not valid: ${explainIssues(parsed.error)}.`, {
      check: 'ROS-01',
    });
  return parsed.data;
}
