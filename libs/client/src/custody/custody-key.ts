import {
  type AgreementKey,
  deriveAgreementKey,
  keyIdOf,
  parseCaCertificate,
  sign,
  type Signer,
  verify,
} from '#liaison/crypto';
import {
  base64urlOf,
  ContactPointId,
  custodyKeySignedBytes,
  fromBase64url,
  LiaisonError,
  type RosterContactPoint,
  Timestamp,
  toBase64url,
} from '#liaison/protocol';
import * as z from 'zod';
import { breach } from '../breach.js';
import { KEYS } from '../keys.js';
import type { Transaction } from '../transaction.js';

const CONTEXT = 'custody key';

/** The public half of a contact point's custody key. */
export interface CustodyKey {
  readonly publicKey: Uint8Array;
  readonly keyId: string;
  /** When it was founded; absent of keys from before that was said. */
  readonly since?: string;
}

/** What a contact point hands in for the roster; its CA signs it. */
export const CustodyKeyHandIn = z.strictObject({
  type: z.literal('liaison-custody-key'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  custodyKey: base64urlOf(32),
  /** When it was founded: a later key has a later time. */
  since: Timestamp.optional(),
  proof: base64urlOf(64),
});
export type CustodyKeyHandIn = z.infer<typeof CustodyKeyHandIn>;

/** @param seed 32 bytes: what the custodians hold shares of. */
export function custodyKeyFromSeed(seed: Uint8Array): AgreementKey {
  return deriveAgreementKey(seed);
}

/** @param since when it was founded: RFC 3339. */
export function custodyKeyHandIn(
  contactPoint: ContactPointId,
  publicKey: Uint8Array,
  ca: Signer,
  since: string,
): CustodyKeyHandIn {
  const custodyKey = toBase64url(publicKey);
  const proof = toBase64url(sign(CONTEXT, custodyKeySignedBytes(contactPoint, custodyKey, since), ca));
  return { type: 'liaison-custody-key', v: 1, contactPoint, custodyKey, since, proof };
}

type CustodyEntry = Pick<RosterContactPoint, 'custodyKey' | 'custodySince' | 'custodyProof'>;

/**
 * What goes into the contact point's entry. @throws LiaisonError `bad-signature` (CER-06): not signed by the CA that the roster names;
 * `not-allowed` (CER-06): not founded after the key that it replaces.
 */
export function verifiedCustodyKey(
  { contactPoint, custodyKey, since, proof }: CustodyKeyHandIn,
  caCertificate: string,
  before: CustodyEntry = {},
): CustodyEntry {
  const entry = { custodyKey, ...(since !== undefined && { custodySince: since }), custodyProof: proof };
  if (!isProved({ id: contactPoint, caCertificate, ...entry })) {
    const message = `The custody key of ${contactPoint} is not signed by its CA.`;
    throw new LiaisonError('bad-signature', message, { check: 'CER-06' });
  }
  if (before.custodyKey === undefined || before.custodyKey === custodyKey || isLater(since, before.custodySince))
    return entry;
  const message = `The custody key of ${contactPoint} was not founded after the one that it replaces. Is it an old file, or is the clock of the CA's machine wrong?`;
  throw new LiaisonError('not-allowed', message, { check: 'CER-06' });
}

/** Times have one text: their order is that of the texts. */
function isLater(since: string | undefined, before: string | undefined): boolean {
  return since !== undefined && (before === undefined || since > before);
}

type Entry = Pick<RosterContactPoint, 'id' | 'caCertificate' | keyof CustodyEntry>;

/** Rosters are values: what one of their entries says is verified once. */
const verified = new WeakMap<Entry, CustodyKey>();

/**
 * The contact point's own custody key, where it has one.
 * @throws LiaisonError `integrity` CLI-80: its CA has not signed it, so it may be anybody's.
 */
export function custodyKeyOf(point: Entry | undefined): CustodyKey | undefined {
  if (point?.custodyKey === undefined) return undefined;
  const known = verified.get(point);
  if (known !== undefined) return known;
  if (!isProved(point)) throw breach('CLI-80', `Contact point ${point.id}.`);
  const publicKey = fromBase64url(point.custodyKey);
  const { custodySince: since } = point;
  const key: CustodyKey = { publicKey, keyId: keyIdOf(publicKey), ...(since !== undefined && { since }) };
  verified.set(point, key);
  return key;
}

/**
 * The same, for a device that has used others before: it remembers the newest, for no roster may bring an older one back.
 * @throws LiaisonError `integrity` CLI-80.
 */
export async function newestCustodyKeyOf(
  transaction: Transaction,
  point: Entry | undefined,
): Promise<CustodyKey | undefined> {
  const key = custodyKeyOf(point);
  if (key === undefined) return undefined;
  const { keyId, since } = key;
  const seen = await transaction.getJson<Pick<CustodyKey, 'keyId' | 'since'>>(KEYS.custodyKeySeen);
  if (seen?.keyId === keyId && seen.since === since) return key;
  if (seen !== undefined && !isLater(since, seen.since) && !(seen.keyId === keyId && seen.since === undefined))
    throw breach('CLI-80', `It is older than the key ${seen.keyId}, which this device has used.`);
  transaction.putJson(KEYS.custodyKeySeen, { keyId, ...(since !== undefined && { since }) });
  return key;
}

function isProved({ id, caCertificate, custodyKey, custodySince, custodyProof }: Entry): boolean {
  if (custodyKey === undefined || custodyProof === undefined) return false;
  const { publicKey } = parseCaCertificate(fromBase64url(caCertificate));
  return verify(CONTEXT, custodyKeySignedBytes(id, custodyKey, custodySince), fromBase64url(custodyProof), publicKey);
}
