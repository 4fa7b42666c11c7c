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
  toBase64url,
} from '#liaison/protocol';
import * as z from 'zod';
import { breach } from '../breach.js';

const CONTEXT = 'custody key';

/** The public half of a contact point's custody key. */
export interface CustodyKey {
  readonly publicKey: Uint8Array;
  readonly keyId: string;
}

/** What a contact point hands in for the roster; its CA signs it. */
export const CustodyKeyHandIn = z.strictObject({
  type: z.literal('liaison-custody-key'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  custodyKey: base64urlOf(32),
  proof: base64urlOf(64),
});
export type CustodyKeyHandIn = z.infer<typeof CustodyKeyHandIn>;

/** @param seed 32 bytes: what the custodians hold shares of. */
export function custodyKeyFromSeed(seed: Uint8Array): AgreementKey {
  return deriveAgreementKey(seed);
}

export function custodyKeyHandIn(contactPoint: ContactPointId, publicKey: Uint8Array, ca: Signer): CustodyKeyHandIn {
  const custodyKey = toBase64url(publicKey);
  const proof = toBase64url(sign(CONTEXT, custodyKeySignedBytes(contactPoint, custodyKey), ca));
  return { type: 'liaison-custody-key', v: 1, contactPoint, custodyKey, proof };
}

/** What goes into the contact point's entry. @throws LiaisonError `bad-signature` (CER-06): not signed by the CA that the roster names. */
export function verifiedCustodyKey(
  { contactPoint, custodyKey, proof }: CustodyKeyHandIn,
  caCertificate: string,
): Required<Pick<RosterContactPoint, 'custodyKey' | 'custodyProof'>> {
  if (isProved({ id: contactPoint, caCertificate, custodyKey, custodyProof: proof }))
    return { custodyKey, custodyProof: proof };
  const message = `The custody key of ${contactPoint} is not signed by its CA.`;
  throw new LiaisonError('bad-signature', message, { check: 'CER-06' });
}

type Entry = Pick<RosterContactPoint, 'id' | 'caCertificate' | 'custodyKey' | 'custodyProof'>;

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
  const key = { publicKey, keyId: keyIdOf(publicKey) };
  verified.set(point, key);
  return key;
}

function isProved({ id, caCertificate, custodyKey, custodyProof }: Entry): boolean {
  if (custodyKey === undefined || custodyProof === undefined) return false;
  const { publicKey } = parseCaCertificate(fromBase64url(caCertificate));
  return verify(CONTEXT, custodyKeySignedBytes(id, custodyKey), fromBase64url(custodyProof), publicKey);
}
