import { authoritiesOf, parseDeviceCertificate } from '#liaison/crypto';
import {
  contactPointOf,
  decodeUntrustedRoster,
  equalBytes,
  fromBase64url,
  type Roster,
  type SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { CollectedOpening, CollectedRecord } from './collect.js';

/** Versions of the roster that are looked through for a CA that was replaced. */
const MOST_VERSIONS = 200;

/** What the custodians need to judge who signed: rosters that name CAs of before, and revocation lists. */
export async function evidenceOfTrust(
  { device, hub }: { readonly device: Device; readonly hub: Hub },
  newest: Roster,
  { opening, records }: Pick<CollectedOpening, 'opening' | 'records'>,
): Promise<Pick<CollectedOpening, 'formerRosters' | 'revocationLists'>> {
  const signers = [opening.certificate, ...(opening.approval ? [opening.approval.certificate] : [])];
  const certificates = new Set([...signers, ...records.flatMap(certificatesIn)]);
  const contactPoints = new Set([...certificates].map((der) => contactPointOf(parsed(der).device)));
  const revocationLists = await device.transact(async (transaction) => {
    const lists: CollectedOpening['revocationLists'] = [];
    for (const contactPoint of contactPoints) {
      const der = await transaction.get(KEYS.crl(contactPoint));
      if (der !== undefined) lists.push({ contactPoint, crl: toBase64url(der) });
    }
    return lists;
  });
  return { formerRosters: await formerRosters(hub, newest, [...certificates]), revocationLists };
}

function certificatesIn({ certificate, about, deposits }: CollectedRecord): string[] {
  const said = about.map((each) => each.certificate);
  return [certificate, ...said, ...deposits.map((each) => each.certificate)].flatMap((der) => der ?? []);
}

/** Back to the newest version that names each CA. */
async function formerRosters(hub: Hub, newest: Roster, certificates: readonly string[]): Promise<SignedRoster[]> {
  let missing = certificates.filter((der) => !isIssuedIn(newest, der));
  const found: SignedRoster[] = [];
  const oldest = Math.max(1, newest.version - MOST_VERSIONS);
  for (let version = newest.version - 1; missing.length > 0 && version >= oldest; version -= 1) {
    const signed = await hub.call('getRoster', { query: { version } });
    const roster = decodeUntrustedRoster(signed.roster);
    if (roster.version !== version) throw breach('CLI-03', 'Call: getRoster.');
    const rest = missing.filter((der) => !isIssuedIn(roster, der));
    if (rest.length < missing.length) found.push(signed);
    missing = rest;
  }
  return found;
}

function isIssuedIn(roster: Roster, der: string): boolean {
  const { device, issuerKeyId } = parsed(der);
  const point = roster.contactPoints.find(({ id }) => id === contactPointOf(device));
  if (point === undefined) return false;
  const { current, previous } = authoritiesOf(point);
  return [current, previous?.ca].some((ca) => ca !== undefined && equalBytes(ca.keyId, issuerKeyId));
}

function parsed(der: string) {
  return parseDeviceCertificate(fromBase64url(der));
}
