import { spokenDigits } from '#liaison/crypto';
import { fromBase64url, utf8 } from '#liaison/protocol';

/** What is read aloud in a ceremony, beside the hub's own: 12 groups of five digits each (docs/spec/ceremony.md). */

/** @param publicKey base64url, as it stands in the roster. */
export function coChairFingerprint(publicKey: string): string {
  return spokenDigits('co-chair key', fromBase64url(publicKey));
}

/** @param caCertificate base64url of DER, as it stands in the roster. */
export function authorityFingerprint(caCertificate: string): string {
  return spokenDigits('contact point ca', fromBase64url(caCertificate));
}

/** @param custodyKey base64url, as it stands in the roster. */
export function custodyFingerprint(custodyKey: string): string {
  return spokenDigits('custody key', fromBase64url(custodyKey));
}

/** @param rosterText canonical, as it is signed: the same before and after the signatures. */
export function rosterFingerprint(rosterText: string): string {
  return spokenDigits('roster text', utf8(rosterText));
}
