import { equalBytes } from '#liaison/protocol';
import { CLOCKS_APART_MS, type CrlVerification, type Revocation, type RevocationList } from './crl.js';

/**
 * Whether a list that verifies may follow on the one before it: what is revoked stays so, since the same time, in every later list, and
 * what is new was not revoked before that list. @returns with the list its bounds.
 * @param last the newest that was seen, of the same CA or of one whose certificates still count.
 */
export function verifySuccession(verification: CrlVerification, last: RevocationList): CrlVerification {
  if (!('crl' in verification)) return verification;
  const { crl } = verification;
  const isSameNumber = crl.number === last.number && equalBytes(crl.issuerKeyId, last.issuerKeyId);
  if (isSameNumber && !equalBytes(crl.digest, last.digest)) {
    const message = `There are two revocation lists with the number ${crl.number}.`;
    return { outcome: 'contradicts', check: 'CRL-07', message };
  }
  const missing = [...last.revoked.keys()].filter((serial) => !crl.revoked.has(serial));
  if (missing.length > 0) {
    const message = `The revocation list leaves out ${missing.length} certificates that one before it had revoked.`;
    return { outcome: 'incomplete', check: 'CRL-08', message };
  }
  const bounded = { ...verification, crl: boundedBy(crl, last) };
  const message = datingFault(crl, last);
  return message === undefined ? bounded : { outcome: 'back-dated', check: 'CRL-09', message, crl: bounded.crl };
}

/** Since when a certificate counts as revoked. Milliseconds since 1970; undefined for one that the list does not name. */
export function revokedAtOf(list: RevocationList, serial: string): number | undefined {
  return list.bounds?.revokedAt.get(serial) ?? list.revoked.get(serial)?.revokedAt;
}

/** The first date that was seen counts, and none from before the last list: what was done meanwhile was lawful for all who saw it. */
function boundedBy(crl: RevocationList, last: RevocationList): RevocationList {
  const counting = ({ serial, revokedAt }: Revocation) =>
    revokedAtOf(last, serial) ?? Math.max(revokedAt, earliestAfter(last));
  const revokedAt = [...crl.revoked.values()]
    .map((each) => [each, counting(each)] as const)
    .filter(([each, counts]) => each.revokedAt !== counts)
    .map(([{ serial }, counts]) => [serial, counts] as const);
  const notBefore = Math.max(crl.thisUpdate, notBeforeOf(last));
  if (revokedAt.length === 0 && notBefore === crl.thisUpdate) return crl;
  return { ...crl, bounds: { notBefore, revokedAt: new Map(revokedAt) } };
}

function datingFault(crl: RevocationList, last: RevocationList): string | undefined {
  const earliest = earliestAfter(last);
  if (crl.thisUpdate < earliest) return 'The revocation list is dated before the one before it. Compare the clocks.';
  const wrong = [...crl.revoked.values()].filter(({ serial, revokedAt }) => {
    const stated = last.revoked.get(serial)?.revokedAt;
    return stated === undefined ? revokedAt < earliest : revokedAt !== stated;
  });
  if (wrong.length === 0) return undefined;
  return `The revocation list dates ${wrong.length} revocations before the list before it, or otherwise than that did.`;
}

function earliestAfter(last: RevocationList): number {
  return notBeforeOf(last) - CLOCKS_APART_MS;
}

function notBeforeOf({ bounds, thisUpdate }: RevocationList): number {
  return bounds?.notBefore ?? thisUpdate;
}
