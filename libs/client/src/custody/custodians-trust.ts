import { type DeviceCertificate, type RevocationList, verifyRosterUpdate } from '#liaison/crypto';
import {
  type ContactPointId,
  decodeUntrustedRoster,
  fromBase64url,
  LiaisonError,
  type Roster,
  type RosterContactPoint,
  type SignedRoster,
} from '#liaison/protocol';
import { verifyList } from '../revocation-lists.js';
import { Trust } from '../trust.js';
import type { CustodyMaterial } from './material.js';

/** Whom the custodians believe: their own rosters, and what the material proves by them. */
export interface CustodiansTrust {
  /** The newest version, theirs or a lawful successor in the material. */
  readonly newest: Trust;
  /** With their own copies, the versions that are believed for the CAs of before: newest first. */
  readonly former: readonly SignedRoster[];
  certificateThen(der: Uint8Array, at: number): DeviceCertificate | undefined;
  contactPoint(id: ContactPointId): RosterContactPoint | undefined;
}

interface Given {
  readonly material: Pick<CustodyMaterial, 'roster' | 'formerRosters' | 'revocationLists'>;
  /** The custodians' own copies: the one that they trust, then its successors. */
  readonly rosters: readonly SignedRoster[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The custodians' rosters by their signatures, each a successor of the one before, the newest of all in force; then the CAs of before, by
 * rosters that are theirs or that as many of their co-chairs signed as it takes; then revocation lists by those CAs.
 * @throws LiaisonError `integrity` CUS-16.
 */
export function custodiansTrust({ material, rosters, at }: Given): CustodiansTrust {
  const own = ownRosters(rosters);
  const [signed, newest] = newestOf(own, material.roster, at);
  const kept = [...own].reverse().filter(({ roster }) => roster !== signed.roster);
  const older = material.formerRosters.filter((each) => isVouchedFor(each, [newest, ...own.map(decoded)]));
  const former = [...kept, ...older].filter((each) => decoded(each).version < newest.version);
  const lists = listsOf(material, newest, at);
  const trusts = [signed, ...former].map((each) => trustBy(each, lists));
  const [first = trustBy(signed, lists)] = trusts;
  return {
    newest: first,
    former,
    certificateThen: (der, then) => {
      for (const trust of trusts) {
        const isPast = trust !== first && then > Date.parse(trust.roster.expiresAt);
        const certificate = isPast ? undefined : trust.certificateThen(der, then);
        if (certificate !== undefined) return certificate;
      }
      return undefined;
    },
    contactPoint: (id) => first.contactPoint(id),
  };
}

/** Their own are in force whenever they came: what has run out since, a successor stands for. */
function ownRosters(rosters: readonly SignedRoster[]): SignedRoster[] {
  let pinned: Roster | undefined;
  for (const candidate of rosters) {
    const verified = verifyRosterUpdate({ pinned, candidate, at: Date.parse(decoded(candidate).issuedAt) });
    if (verified.outcome !== 'ok')
      throw refused(`Your roster of version ${decoded(candidate).version}: ${verified.message}`);
    pinned = verified.roster;
  }
  if (pinned === undefined) throw refused('You have given no roster of your own.');
  return [...rosters];
}

function newestOf(own: readonly SignedRoster[], carried: SignedRoster, at: number): [SignedRoster, Roster] {
  const signed = own.at(-1) ?? carried;
  const pinned = decoded(signed);
  const { version } = decoded(carried);
  if (version === pinned.version && carried.roster !== signed.roster)
    throw refused(`The material has another roster of version ${version} than yours.`);
  if (version > pinned.version) {
    const verified = verifyRosterUpdate({ pinned, candidate: carried, at });
    if (verified.outcome !== 'ok') throw refused(`The material's roster of version ${version}: ${verified.message}`);
    return [carried, verified.roster];
  }
  if (at <= Date.parse(pinned.expiresAt) && at >= Date.parse(pinned.issuedAt)) return [signed, pinned];
  throw refused(
    `Your roster, version ${pinned.version}, is in force from ${pinned.issuedAt} to ${pinned.expiresAt}. Get the newest one.`,
  );
}

/** By the co-chairs of a roster that is believed: a stranger can name them in one of his own, and cannot sign as they do. */
function isVouchedFor(candidate: SignedRoster, believed: readonly Roster[]): boolean {
  const { version, issuedAt, community } = decoded(candidate);
  return believed.some((roster) => {
    // The signatures of its co-chairs are asked for as of a successor.
    const pinned = { ...roster, version: version - 1 };
    if (roster.community !== community) return false;
    return verifyRosterUpdate({ pinned, candidate, at: Date.parse(issuedAt) }).outcome === 'ok';
  });
}

/** By the newest roster. What does not verify is as if it were not there: CUS-17 asks for those that have to be. */
function listsOf(
  { revocationLists }: Given['material'],
  newest: Roster,
  at: number,
): ReadonlyMap<ContactPointId, RevocationList> {
  const lists = new Map<ContactPointId, RevocationList>();
  for (const { contactPoint, crl } of revocationLists) {
    const list = verifyList(newest, contactPoint, fromBase64url(crl), at);
    if (typeof list !== 'string') lists.set(contactPoint, list);
  }
  return lists;
}

/** A list speaks for certificates of the CA of before, too. */
function trustBy(signed: SignedRoster, lists: ReadonlyMap<ContactPointId, RevocationList>): Trust {
  const roster = decoded(signed);
  const plain = new Trust(signed, roster, new Map());
  const ofThese = new Map<ContactPointId, RevocationList>();
  for (const [contactPoint, list] of lists) {
    const issuerKeyId = plain.authoritiesOf(contactPoint)?.current.keyId;
    if (issuerKeyId !== undefined) ofThese.set(contactPoint, { ...list, issuerKeyId });
  }
  return new Trust(signed, roster, ofThese);
}

function decoded({ roster }: SignedRoster): Roster {
  return decodeUntrustedRoster(roster);
}

function refused(message: string): LiaisonError {
  return new LiaisonError('integrity', message, { check: 'CUS-16' });
}
