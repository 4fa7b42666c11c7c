import { authorityFingerprint, coChairFingerprint, custodyFingerprint, rosterFingerprint } from '#liaison/client';
import { hubFingerprint, parseCaCertificate } from '#liaison/crypto';
import {
  canonicalJson,
  encodeRoster,
  equalBytes,
  fromBase64url,
  type Roster,
  type RosterContactPoint,
  type SecurityAgreement,
} from '#liaison/protocol';
import { safeText } from '../terminal/safe-text.js';

/** A roster as the co-chairs read it aloud before they sign: facts for programs. */
export function rosterFacts(roster: Roster): object {
  return {
    community: roster.community,
    version: roster.version,
    issuedAt: roster.issuedAt,
    expiresAt: roster.expiresAt,
    threshold: roster.threshold,
    fingerprint: rosterFingerprint(encodeRoster(roster)),
    hub: { origin: roster.hub.origin, fingerprint: hubFingerprint(hubOf(roster)) },
    coChairs: roster.coChairs.map(({ contactPoint, keyId, publicKey }) => ({
      contactPoint,
      keyId,
      fingerprint: coChairFingerprint(publicKey),
    })),
    contactPoints: roster.contactPoints.map(({ id, names, ceiling, status, caCertificate, custodyKey }) => ({
      id,
      name: names['en'],
      ceiling,
      status,
      fingerprint: authorityFingerprint(caCertificate),
      ...(custodyKey !== undefined && { custody: custodyFingerprint(custodyKey) }),
    })),
    agreements: roster.agreements ?? [],
  };
}

/** A roster to read aloud: safe lines. */
export function rosterLines(roster: Roster): string[] {
  return [
    `Roster of ${roster.community}, version ${roster.version}`,
    `  issued ${roster.issuedAt}, runs out ${roster.expiresAt}`,
    ...digits('fingerprint', rosterFingerprint(encodeRoster(roster))),
    '',
    `Hub ${safeText(roster.hub.origin)}`,
    ...digits('keys', hubFingerprint(hubOf(roster))),
    '',
    `Co-chairs: ${roster.threshold} of ${roster.coChairs.length} sign`,
    ...roster.coChairs.flatMap(({ contactPoint, publicKey }) => [
      `  ${contactPoint}`,
      ...digits('key', coChairFingerprint(publicKey)),
    ]),
    '',
    `Contact points: ${roster.contactPoints.length}`,
    ...roster.contactPoints.flatMap(pointLines),
    ...(roster.agreements ?? []).map((agreement) => `Agreement ${agreement.id}: ${agreementText(agreement)}`),
  ];
}

function pointLines({ id, names, ceiling, status, timeZone, caCertificate, custodyKey }: RosterContactPoint): string[] {
  return [
    `  ${id}  ${safeText(names['en'] ?? '')}: ${status}, up to ${ceiling}, ${timeZone}`,
    ...digits('CA', authorityFingerprint(caCertificate)),
    ...(custodyKey === undefined ? [] : digits('custody', custodyFingerprint(custodyKey))),
  ];
}

/** Twelve groups in two lines. */
export function digits(label: string, fingerprint: string): string[] {
  const groups = fingerprint.split(' ');
  const first = `    ${label.padEnd(12)}${groups.slice(0, 6).join(' ')}`;
  return [first, ' '.repeat(16) + groups.slice(6).join(' ')];
}

/** What a version changes against the one before, in plain words: safe lines. */
export function changeLines(before: Roster, after: Roster): string[] {
  return [
    ...chairChanges(before, after),
    ...after.contactPoints.flatMap((point) => pointChanges(before, point)),
    ...before.contactPoints
      .filter(({ id }) => !after.contactPoints.some((point) => point.id === id))
      .map(({ id }) => `${id} is struck out: nothing of it is known any more, not even that it was here.`),
    ...hubChanges(before.hub, after.hub),
    ...agreementChanges(before.agreements ?? [], after.agreements ?? []),
    ...(JSON.stringify(before.hub.restored) === JSON.stringify(after.hub.restored)
      ? []
      : [
          `The hub was RESTORED: its log goes on from ${after.hub.restored?.size ?? 0} entries, and what it had logged beyond is void. Every device follows that once.`,
        ]),
    `It runs out on ${after.expiresAt} instead of ${before.expiresAt}.`,
  ];
}

function hubChanges(before: Roster['hub'], after: Roster['hub']): string[] {
  return [
    ...(before.origin === after.origin
      ? []
      : [`The hub MOVES from ${safeText(before.origin)} to ${safeText(after.origin)}: devices sign in there.`]),
    ...(before.logKey === after.logKey
      ? []
      : ['The hub has a NEW LOG KEY: what the old one signed stays evidence, and nothing new counts under it.']),
    ...(before.externalSenderKey === after.externalSenderKey
      ? []
      : ['The hub has a NEW KEY FOR PROPOSALS: the first member online puts it into each channel.']),
  ];
}

function agreementText({ parties, upTo, validFrom, validTo, source, verified }: SecurityAgreement): string {
  const until = validTo === undefined ? '' : ` until ${validTo}`;
  const word = verified ? '' : ', on somebody’s word';
  return `${parties.join(', ')} up to ${upTo}, from ${validFrom}${until} (${safeText(source)}${word})`;
}

function agreementChanges(before: readonly SecurityAgreement[], after: readonly SecurityAgreement[]): string[] {
  const ended = before.filter(({ id }) => !after.some((each) => each.id === id));
  const changed = after.filter((each) => {
    const was = before.find(({ id }) => id === each.id);
    return was === undefined || canonicalJson(was) !== canonicalJson(each);
  });
  return [
    ...ended.map(
      ({ id, parties }) =>
        `Security agreement ${id} ends: nothing above RESTRICTED passes between ${parties.join(', ')} under it any more.`,
    ),
    ...changed.map((each) => {
      const verb = before.some(({ id }) => id === each.id) ? 'becomes' : 'comes into force';
      return `Security agreement ${each.id} ${verb}: ${agreementText(each)}.`;
    }),
  ];
}

function chairChanges(before: Roster, after: Roster): string[] {
  const lacks = (roster: Roster, key: string) => !roster.coChairs.some(({ publicKey }) => publicKey === key);
  const threshold = `${after.threshold} of ${after.coChairs.length}`;
  return [
    ...before.coChairs
      .filter(({ publicKey }) => lacks(after, publicKey))
      .map(({ contactPoint }) => `${contactPoint} gives up the chair: that key signs no roster after this one.`),
    ...after.coChairs
      .filter(({ publicKey }) => lacks(before, publicKey))
      .map(({ contactPoint }) => `${contactPoint} takes the chair with a new key.`),
    ...(threshold === `${before.threshold} of ${before.coChairs.length}`
      ? []
      : [`From now on ${threshold} co-chairs sign.`]),
  ];
}

const STATUS = {
  active: 'is active again: its devices may sign in.',
  suspended: 'is suspended: its devices are refused at once and removed from every channel; it may be restored.',
  left: 'leaves for good: its devices are refused at once and removed from every channel.',
} as const;

function pointChanges(earlier: Roster, point: RosterContactPoint): string[] {
  const was = earlier.contactPoints.find(({ id }) => id === point.id);
  if (was === undefined) return [`${point.id} joins: whatever its CA certifies is believed from now on.`];
  const { status, caCertificate, previousCa, administratorsToEnrol, ceiling, custodyKey, compromised, ...others } =
    point;
  const { status: oldStatus, caCertificate: oldCertificate, administratorsToEnrol: oldRule, ...before } = was;
  const {
    ceiling: oldCeiling,
    custodyKey: oldCustody,
    custodyProof: _,
    custodySince: ____,
    previousCa: __,
    compromised: oldCompromise,
    earlierCompromises: oldEarlier,
    ...oldRest
  } = before;
  const { custodyProof: ___, custodySince: _____, earlierCompromises: earlierOnes, ...rest } = others;
  const takenBack = [...(oldEarlier ?? []), ...(oldCompromise ? [oldCompromise] : [])].filter(
    ({ declaredAt }) => ![...(earlierOnes ?? []), compromised].some((each) => each?.declaredAt === declaredAt),
  );
  return [
    ...(status === oldStatus ? [] : [`${point.id} ${STATUS[status]}`]),
    ...(caCertificate === oldCertificate
      ? []
      : [`${point.id} ${authorityChange(oldCertificate, caCertificate, previousCa?.until)}`]),
    ...(compromised === undefined || compromised.declaredAt === oldCompromise?.declaredAt
      ? []
      : [`${point.id} ${compromiseLine(compromised)}`]),
    ...takenBack.map(({ since }) => `${point.id}: what it sent from ${since} on is NOT MARKED any more.`),
    ...(administratorsToEnrol === oldRule ? [] : [`${point.id} ${enrolmentRule(administratorsToEnrol)}`]),
    ...(ceiling === oldCeiling ? [] : [`${point.id} enters channels up to ${ceiling} instead of ${oldCeiling}.`]),
    ...(custodyKey === oldCustody ? [] : [`${point.id} ${custodyChange(oldCustody)}`]),
    ...(JSON.stringify(rest) === JSON.stringify(oldRest) ? [] : [`${point.id}: its entry changes otherwise.`]),
  ];
}

function custodyChange(before: string | undefined): string {
  return before === undefined
    ? 'has a custody key: its devices deposit what they read, and its custodians can open it again.'
    : 'has a NEW CUSTODY KEY: what was deposited before still needs the shares of the old one.';
}

function compromiseLine({ since }: NonNullable<RosterContactPoint['compromised']>): string {
  return `is declared compromised: what it sent from ${since} until now is marked for every reader.`;
}

function enrolmentRule(two: 2 | undefined): string {
  return two === 2
    ? 'wants two administrators to enrol a device: one invites, another approves.'
    : 'lets one administrator enrol a device alone.';
}

function authorityChange(before: string, after: string, overlap: string | undefined): string {
  const [old, next] = [before, after].map((text) => parseCaCertificate(fromBase64url(text)));
  const until = new Date(next?.notAfter ?? 0).toISOString().slice(0, 10);
  const sameIssuer = old && next && equalBytes(old.publicKey, next.publicKey) && equalBytes(old.name, next.name);
  if (sameIssuer) return `renews its CA certificate, same key, until ${until}: its device certificates stay valid.`;
  return overlap === undefined
    ? 'has a NEW CA KEY: every device certificate of the old key is refused at once.'
    : `has a NEW CA KEY: device certificates of the old key count until ${overlap}, and not after.`;
}

function hubOf({ hub }: Roster) {
  const { origin, externalSenderKey, logKey } = hub;
  return { origin, externalSenderKey, ...(logKey !== undefined && { logKey }) };
}
