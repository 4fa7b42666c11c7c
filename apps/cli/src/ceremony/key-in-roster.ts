import { keyIdOf, parseCaCertificate } from '#liaison/crypto';
import {
  type ContactPointId,
  equalBytes,
  fromBase64url,
  LiaisonError,
  type Roster,
  toBase64url,
} from '#liaison/protocol';

/** What a key is for, by the roster. */
export type KeyInRoster = {
  readonly contactPoint: ContactPointId;
  readonly keyId: string;
  /** In plain words. */
  readonly what: string;
} & ({ readonly kind: 'co-chair' } | { readonly kind: 'authority'; readonly certificate: Uint8Array });

/** @throws LiaisonError `integrity` (SHR-04) where the roster names no such key. */
export function keyInRoster(publicKey: Uint8Array, roster: Roster): KeyInRoster {
  const keyId = keyIdOf(publicKey);
  const coChair = roster.coChairs.find((each) => each.publicKey === toBase64url(publicKey));
  if (coChair !== undefined) {
    const { contactPoint } = coChair;
    return { kind: 'co-chair', contactPoint, keyId, what: `the co-chair key of ${contactPoint}` };
  }
  for (const { id, caCertificate } of roster.contactPoints) {
    const certificate = fromBase64url(caCertificate);
    if (!equalBytes(parseCaCertificate(certificate).publicKey, publicKey)) continue;
    return { kind: 'authority', contactPoint: id, keyId, certificate, what: `the CA key of ${id}` };
  }
  throw new LiaisonError(
    'integrity',
    `The roster, version ${roster.version}, names no key ${keyId}: it has been replaced, or is of another community.`,
    {
      check: 'SHR-04',
    },
  );
}
