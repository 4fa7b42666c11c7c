import { keyIdOf, parseCaCertificate, sign, type SigningKey, verify } from '#liaison/crypto';
import {
  base64urlOf,
  base64urlUpTo,
  Classification,
  ContactPointId,
  explainIssues,
  fromBase64url,
  fromUtf8,
  KeyId,
  LiaisonError,
  LogRestoration,
  LIMITS,
  Roster,
  RosterContactPoint,
  SecurityAgreement,
  SignedRoster,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';

/** The files that go from machine to machine in a ceremony (docs/spec/ceremony.md): all public, none trusted by itself. */

const PlanContactPoint = RosterContactPoint.pick({
  administratorsToEnrol: true,
  id: true,
  names: true,
  timeZone: true,
  weekend: true,
  languages: true,
})
  .extend({ ceiling: Classification })
  .strict();

/** What a founding meeting agreed on. */
export const PlanFile = z.strictObject({
  type: z.literal('liaison-plan'),
  v: z.literal(1),
  community: Roster.shape.community,
  threshold: Roster.shape.threshold,
  coChairs: z.array(ContactPointId).min(1).max(16),
  contactPoints: z.array(PlanContactPoint).min(1).max(500),
  agreements: z.array(SecurityAgreement).max(500).optional(),
});
export type PlanFile = z.infer<typeof PlanFile>;

/** One contact point that joins a community which exists. */
export const NewcomerFile = PlanContactPoint.extend({ type: z.literal('liaison-newcomer'), v: z.literal(1) }).strict();

/** A security agreement that comes into the roster later, or takes the place of the one of its id. */
export const AgreementFile = SecurityAgreement.extend({
  type: z.literal('liaison-agreement'),
  v: z.literal(1),
}).strict();
export type AgreementFile = z.infer<typeof AgreementFile>;

/** What the hub says of itself. */
export const HubFile = z.strictObject({
  type: z.literal('liaison-hub'),
  v: z.literal(1),
  origin: Roster.shape.hub.shape.origin,
  externalSenderKey: base64urlOf(32),
  logKey: base64urlOf(32),
});

/** Where the log of a restored hub goes on, as its operator read it from the database. */
export const RestoredFile = LogRestoration.extend({ type: z.literal('liaison-restored'), v: z.literal(1) }).strict();

/** A co-chair's public key; `proof` signs contact point and key, so that nobody hands in another's. */
export const CoChairHandIn = z.strictObject({
  type: z.literal('liaison-co-chair'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  keyId: KeyId,
  publicKey: base64urlOf(32),
  proof: base64urlOf(64),
});
export type CoChairHandIn = z.infer<typeof CoChairHandIn>;

/** What a contact point hands in; its CA certificate signs itself. */
export const ContactPointHandIn = z.strictObject({
  type: z.literal('liaison-contact-point'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  caCertificate: base64urlUpTo(LIMITS.certificateBytes),
  witnessKey: base64urlOf(32).optional(),
});
export type ContactPointHandIn = z.infer<typeof ContactPointHandIn>;

/** A roster before anybody signed it: its canonical text. */
export const DraftFile = z.strictObject({
  type: z.literal('liaison-roster-draft'),
  v: z.literal(1),
  roster: SignedRoster.shape.roster,
});

/** One co-chair's signature, on its way to be merged. */
export const SignatureFile = z.strictObject({
  type: z.literal('liaison-roster-signature'),
  v: z.literal(1),
  keyId: KeyId,
  signature: base64urlOf(64),
});

/** What a contact point takes home: where the hub is, and the roster that its devices pin. */
export const JoiningKitFile = z.strictObject({
  type: z.literal('liaison-joining-kit'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  hubUrl: z.url({ protocol: /^https?$/ }).max(500),
  roster: SignedRoster,
});
export type JoiningKitFile = z.infer<typeof JoiningKitFile>;

/** @throws LiaisonError `malformed` (CER-01): not JSON of this form. */
export function readCeremonyFile<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  const parsed = schema.safeParse(jsonIn(bytes, what));
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `This is not ${what}: ${explainIssues(parsed.error)}.`, { check: 'CER-01' });
}

/** For people to look into too. */
export function ceremonyFileText(file: object): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function jsonIn(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new LiaisonError('malformed', `This is not ${what}: it is not JSON.`, { check: 'CER-01', cause });
  }
}

const PROOF_CONTEXT = 'co-chair hand-in';

export function coChairHandIn(contactPoint: ContactPointId, key: SigningKey): CoChairHandIn {
  const proof = sign(PROOF_CONTEXT, proofText(contactPoint, key.publicKey), key);
  return {
    type: 'liaison-co-chair',
    v: 1,
    contactPoint,
    keyId: keyIdOf(key.publicKey),
    publicKey: toBase64url(key.publicKey),
    proof: toBase64url(proof),
  };
}

/** @throws LiaisonError `bad-signature` (CER-03): whoever handed it in does not hold this key, or not for this contact point. */
export function verifiedCoChair(handIn: CoChairHandIn): Roster['coChairs'][number] {
  const { contactPoint, keyId, publicKey } = handIn;
  const key = fromBase64url(publicKey);
  const holds = verify(PROOF_CONTEXT, proofText(contactPoint, key), fromBase64url(handIn.proof), key);
  if (holds && keyId === keyIdOf(key)) return { contactPoint, keyId, publicKey };
  throw new LiaisonError('bad-signature', `The co-chair key of ${contactPoint} is not signed by itself.`, {
    check: 'CER-03',
  });
}

/** @returns DER. @throws LiaisonError `bad-signature` (CER-04) for a CA of another contact point; those of `parseCaCertificate`. */
export function verifiedAuthority(handIn: ContactPointHandIn): Uint8Array {
  const der = fromBase64url(handIn.caCertificate);
  if (parseCaCertificate(der).contactPoint === handIn.contactPoint) return der;
  const message = `The CA certificate that ${handIn.contactPoint} handed in is of another contact point.`;
  throw new LiaisonError('bad-signature', message, { check: 'CER-04' });
}

function proofText(contactPoint: ContactPointId, publicKey: Uint8Array): Uint8Array {
  return utf8(`${contactPoint} ${toBase64url(publicKey)}`);
}
