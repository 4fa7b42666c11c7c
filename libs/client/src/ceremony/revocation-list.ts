import {
  type CertificateAuthority,
  isListOf,
  issueCrl,
  parseCaCertificate,
  type Revocation,
  type RevocationList,
  verifyCrl,
} from '#liaison/crypto';
import { type Clock, type ContactPointId, fromBase64url, LiaisonError, ROUTES, toBase64url } from '#liaison/protocol';
import type { HubTransport } from '../hub-transport.js';
import { DAY, wholeSecond } from './validity.js';

/** What is revoked as of now. */
export type NewRevocation = Omit<Revocation, 'revokedAt'>;

/** A list is good for this long; the next one is published when half of it is over. */
const LIST_DAYS = 30;

/**
 * Publishes the contact point's first revocation list, empty, or renews the one that is soon due: without a list in time
 * its devices show as not checked (CLI-49). @returns whether one was published.
 * @throws LiaisonError of the hub; `integrity` where it serves a list that the CA did not sign.
 */
export async function publishDueList(
  transport: HubTransport,
  { contactPoint, ca }: { readonly contactPoint: ContactPointId; readonly ca: CertificateAuthority },
  clock: Clock,
): Promise<boolean> {
  const last = await publishedList(transport, contactPoint, ca, clock);
  const now = wholeSecond(clock);
  if (last !== undefined && last.nextUpdate - now > (LIST_DAYS / 2) * DAY) return false;
  const crl = nextList(ca, last, [], clock);
  await transport.request('putRevocationList', { params: { contactPoint }, body: { crl: toBase64url(crl) } });
  return true;
}

/** The list after `last`: all that it revoked, and these. What is revoked again keeps its first date. A new CA begins to count. @returns DER. */
export function nextList(
  ca: CertificateAuthority,
  last: RevocationList | undefined,
  revocations: readonly NewRevocation[],
  clock: Clock,
): Uint8Array {
  // Of several machines one may be slow: no list, and nothing that it revokes, is dated before the list that it follows on.
  const now = Math.max(wholeSecond(clock), last?.thisUpdate ?? 0);
  const known = [...(last?.revoked.values() ?? [])];
  const again = new Map(revocations.map((each) => [each.serial, each]));
  const added = revocations.filter(({ serial }) => last?.revoked.has(serial) !== true);
  return issueCrl({
    ca,
    number: last !== undefined && isListOf(last, parseCaCertificate(ca.certificate)) ? last.number + 1 : 1,
    thisUpdate: now,
    nextUpdate: now + LIST_DAYS * DAY,
    revoked: [
      ...known.map((each) => revokedAgain(each, again.get(each.serial))),
      ...added.map((each) => ({ ...each, revokedAt: now })),
    ],
  });
}

/** Keeps its first date, and the earliest time since when it may have been somebody else's. */
function revokedAgain(first: Revocation, again: NewRevocation | undefined): Revocation {
  const since = [first.invalidSince, again?.invalidSince].filter((time) => time !== undefined);
  return { ...first, ...again, ...(since.length > 0 && { invalidSince: Math.min(...since) }) };
}

async function publishedList(
  transport: HubTransport,
  contactPoint: ContactPointId,
  ca: CertificateAuthority,
  clock: Clock,
): Promise<RevocationList | undefined> {
  const answer = await transport.request('getRevocationList', { params: { contactPoint } }).catch((error: unknown) => {
    if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  const crl = fromBase64url(ROUTES.getRevocationList.response.parse(answer).crl);
  const verification = verifyCrl({ crl, caCertificate: ca.certificate, at: clock.now() });
  if ('crl' in verification) return verification.crl;
  throw new LiaisonError('integrity', verification.message, { check: 'CLI-44' });
}
