import {
  type Authorities,
  authoritiesOf,
  type CaCertificate,
  type CertificateVerification,
  type DeviceCertificate,
  isListOf,
  parseDeviceCertificate,
  revokedAtOf,
  type RevocationList,
  sha256,
  verifyByAuthorities,
} from '#liaison/crypto';
import {
  type ContactPointId,
  contactPointOf,
  equalBytes,
  fromBase64url,
  type LiaisonError,
  toHex,
  type Roster,
  type RosterContactPoint,
  type SignedRoster,
} from '#liaison/protocol';
import { breach, type ClientCheck } from './breach.js';
import { type FormerPoint, pointAt, pointsThen, TIMES_APART_MS } from './former-points.js';

/** How a device stands by roster and revocation lists. `fault` is absent for a device in good standing. */
export interface DeviceStanding {
  /** What the certificate says, where it can be believed. */
  readonly certificate?: DeviceCertificate;
  /** By which it was judged; absent where the roster does not know it. */
  readonly point?: RosterContactPoint;
  readonly fault?: { readonly kind: StandingFault; readonly check: ClientCheck; readonly message: string };
}
/** Only `expired` and `inactive` may be tolerated, and only of somebody who is a member already. The time of the CA is that of what it issued. */
type StandingFault = 'untrusted' | 'revoked' | 'inactive' | 'expired' | 'not-yet-valid';

/**
 * Whether the hub may ask to put such a member out: its certificate is revoked, or of a CA that the roster names no more, or its
 * contact point is suspended or has left. That a certificate ran out is no reason: its contact point may be late.
 */
export function isForfeited({ fault }: DeviceStanding): boolean {
  return fault?.kind === 'revoked' || fault?.kind === 'inactive' || fault?.kind === 'untrusted';
}

/** More than a device meets at once; certificates that hub and members make up must not fill the memory. */
const MOST_VERDICTS = 5000;

/** Verified roster and revocation lists: a value. Verdicts on signatures are remembered, for certificates come again and again. */
export class Trust {
  readonly #verified = new Map<string, DeviceStanding>();
  readonly #authorities = new Map<ContactPointId, Authorities>();
  readonly #forfeited = new WeakMap<Uint8Array, boolean>();

  constructor(
    readonly signed: SignedRoster,
    readonly roster: Roster,
    readonly revocationLists: ReadonlyMap<ContactPointId, RevocationList>,
    readonly formerPoints: readonly FormerPoint[] = [],
  ) {}

  /** The hub's key in groups: its removals are proposed under it. */
  get externalSenderKey(): Uint8Array {
    return fromBase64url(this.roster.hub.externalSenderKey);
  }

  /** Those that it had before too, which groups name until a member has put the newest there: the oldest first. */
  get externalSenderKeys(): readonly Uint8Array[] {
    const { externalSenderKey, formerExternalSenderKeys = [] } = this.roster.hub;
    return [...formerExternalSenderKeys, externalSenderKey].map(fromBase64url);
  }

  contactPoint(id: ContactPointId): Roster['contactPoints'][number] | undefined {
    return this.roster.contactPoints.find((point) => point.id === id);
  }

  isExpired(at: number): boolean {
    return at > Date.parse(this.roster.expiresAt);
  }

  /**
   * An active contact point publishes a list at its founding and a new one before that is due. Where there is none in time,
   * it has failed to, or the hub hides what was revoked since.
   * @returns LiaisonError `integrity` CLI-49, or undefined for a list that is not due.
   */
  freshnessFault(contactPoint: ContactPointId, at: number): LiaisonError | undefined {
    if (this.contactPoint(contactPoint)?.status !== 'active') return undefined;
    const list = this.revocationLists.get(contactPoint);
    if (list === undefined) return breach('CLI-49', `Contact point ${contactPoint}: there is none.`);
    if (at <= list.nextUpdate) return undefined;
    const due = new Date(list.nextUpdate).toISOString();
    return breach('CLI-49', `Contact point ${contactPoint}: one newer than number ${list.number} was due at ${due}.`);
  }

  /** @param certificate DER. @param at milliseconds since 1970. */
  standing(certificate: Uint8Array, at: number): DeviceStanding {
    const name = toHex(sha256(certificate));
    const known = this.#verified.get(name) ?? this.#verify(certificate, at);
    // Only a verdict that no time changes is remembered: one with a certificate is good, or revoked.
    if (known.certificate === undefined) return known;
    if (this.#verified.size >= MOST_VERDICTS) this.#verified.clear();
    this.#verified.set(name, known);
    return known.fault === undefined ? this.#now(known.certificate, at) : known;
  }

  /** {@link isForfeited}, which no time changes: asked of every member for every record that is sent. */
  hasForfeited(certificate: Uint8Array, at: number): boolean {
    const known = this.#forfeited.get(certificate);
    if (known !== undefined) return known;
    const forfeited = isForfeited(this.standing(certificate, at));
    this.#forfeited.set(certificate, forfeited);
    return forfeited;
  }

  /**
   * How it stood when the hub ordered something: what was revoked, suspended or replaced later counts for nothing, what was before does.
   * @param at when, in milliseconds since 1970. @returns one, or one for each roster that the hub may have gone by, the newest first.
   */
  standingsThen(certificate: Uint8Array, at: number): readonly [DeviceStanding, ...DeviceStanding[]] {
    const id = contactPointNamedIn(certificate);
    const points = id === undefined ? [] : pointsThen(this.formerPoints, this.contactPoint(id), id, at);
    const [newest, ...others] = points.map((point) => this.#then(certificate, point, at));
    return [newest ?? fault('untrusted', 'CLI-30', 'Its contact point is not in the roster.'), ...others];
  }

  /** Who certified for a contact point at a time that has passed, by the rosters that the hub may have gone by. @param at milliseconds since 1970. */
  authoritiesThen(id: ContactPointId, at: number): Authorities[] {
    return pointsThen(this.formerPoints, this.contactPoint(id), id, at).map((point) => authoritiesOf(point));
  }

  /** Milliseconds since 1970; undefined for a certificate that is not revoked. */
  revokedAt({ device, serial, issuerKeyId }: DeviceCertificate): number | undefined {
    const contactPoint = contactPointOf(device);
    const list = this.revocationLists.get(contactPoint);
    const current = this.authoritiesOf(contactPoint)?.current;
    // A CA that came later speaks for what the one before it issued, never the other way round.
    const speaks = list && (equalBytes(list.issuerKeyId, issuerKeyId) || (current && isListOf(list, current)));
    return speaks === true ? revokedAtOf(list, serial) : undefined;
  }

  /**
   * What a certificate said at a time that has passed: what was revoked, renewed or replaced since does not undo what it signed before.
   * @param at milliseconds since 1970. @returns undefined for one that counted nothing then.
   */
  certificateThen(der: Uint8Array, at: number): DeviceCertificate | undefined {
    const { certificate, fault: found } = this.standing(der, at);
    if (certificate === undefined || found?.kind === 'untrusted' || found?.kind === 'not-yet-valid') return undefined;
    if (found?.kind !== 'revoked') return certificate;
    const list = this.revocationLists.get(contactPointOf(certificate.device));
    const revokedAt = list && revokedAtOf(list, certificate.serial);
    const { invalidSince = revokedAt } = list?.revoked.get(certificate.serial) ?? {};
    const until = revokedAt && Math.min(revokedAt, invalidSince ?? revokedAt);
    return until !== undefined && at < until ? certificate : undefined;
  }

  /**
   * Whether the hub may have had a reason at a time that has passed since: the contact point was suspended then, and may be restored now.
   * @param at as far as the hub's word on it is believed.
   */
  hadForfeited(certificate: Uint8Array, at: number): boolean {
    const id = contactPointNamedIn(certificate);
    if (id === undefined) return false;
    return pointsThen(this.formerPoints, this.contactPoint(id), id, at).some(({ status }) => status !== 'active');
  }

  /** Whether the roster said at a time that it was suspended or had left. */
  wasInactive(contactPoint: ContactPointId, at: number): boolean {
    const point = pointAt(this.formerPoints, this.contactPoint(contactPoint), contactPoint, at);
    return point !== undefined && point.status !== 'active';
  }

  /** @throws LiaisonError `integrity` with the check that failed: for a device that is to be trusted with something new. */
  requireGood(certificate: Uint8Array, at: number): DeviceCertificate {
    const { certificate: believed, fault } = this.standing(certificate, at);
    if (fault !== undefined || believed === undefined) throw breach(fault?.check ?? 'CLI-30', fault?.message);
    return believed;
  }

  /** Whether a roster that this device has seen names the CA that a certificate claims. False: it is neither good nor forged, as far as this device can tell. */
  knowsIssuerOf({ device, issuerKeyId }: DeviceCertificate): boolean {
    const id = contactPointOf(device);
    const points = [...this.formerPoints.map(({ point }) => point), ...this.roster.contactPoints];
    return points
      .filter((point) => point.id === id)
      .map((point) => authoritiesOf(point))
      .some(({ current, previous }) =>
        [current, previous?.ca].some((ca) => ca !== undefined && equalBytes(ca.keyId, issuerKeyId)),
      );
  }

  /** What does not change with time, but for {@link Trust} being replaced. */
  #verify(der: Uint8Array, at: number): DeviceStanding {
    const contactPoint = contactPointNamedIn(der);
    const authorities = contactPoint === undefined ? undefined : this.authoritiesOf(contactPoint);
    if (contactPoint === undefined || authorities === undefined) {
      return fault('untrusted', 'CLI-30', 'Its contact point is not in the roster.');
    }
    const crl = this.revocationLists.get(contactPoint);
    const verification = verifyByAuthorities({ certificate: der, authorities, contactPoint, at, crl });
    if (verification.outcome === 'revoked') return { ...REVOKED, ...certificateIn(verification) };
    const certificate = isMatterOfTime(verification) ? verification.certificate : undefined;
    if (certificate === undefined) return untrusted(verification);
    return { certificate, ...(this.revokedAt(certificate) !== undefined && REVOKED) };
  }

  /** By an entry of the roster as it was. What was revoked or ran out at the last moment may have been ordered all the same. */
  #then(der: Uint8Array, point: RosterContactPoint, at: number): DeviceStanding {
    const input = { certificate: der, authorities: authoritiesOf(point), contactPoint: point.id };
    const before = verifyByAuthorities({ ...input, at: at - TIMES_APART_MS });
    const verification = before.outcome === 'ok' ? before : verifyByAuthorities({ ...input, at });
    const { certificate } = verification;
    if (certificate === undefined || !isMatterOfTime(verification)) return { ...untrusted(verification), point };
    const revokedAt = this.revokedAt(certificate) ?? Number.POSITIVE_INFINITY;
    if (at - TIMES_APART_MS >= revokedAt) return { ...REVOKED, certificate, point };
    if (point.status !== 'active') return { ...INACTIVE, certificate, point };
    if (verification.outcome === 'ok') return { certificate, point };
    return { ...fault('expired', 'CLI-30', verification.message), certificate, point };
  }

  #now(certificate: DeviceCertificate, at: number): DeviceStanding {
    const point = this.contactPoint(contactPointOf(certificate.device));
    if (point?.status !== 'active') return { ...INACTIVE, certificate };
    const issuer = this.#issuerOf(certificate, point.id);
    if (issuer === undefined) return fault('untrusted', 'CLI-30', 'The CA that issued it is not in the roster.');
    if (at < issuer.ca.notBefore)
      return { ...fault('not-yet-valid', 'CLI-30', 'The CA certificate is not valid yet.'), certificate };
    if (at > issuer.ca.notAfter)
      return { ...fault('expired', 'CLI-30', 'The CA certificate of its contact point has expired.'), certificate };
    if (at > issuer.until)
      return {
        ...fault('expired', 'CLI-30', 'The CA that issued it was replaced, and its time is over.'),
        certificate,
      };
    if (at < certificate.notBefore)
      return { ...fault('not-yet-valid', 'CLI-30', 'The certificate is not valid yet.'), certificate };
    if (at > certificate.notAfter)
      return { ...fault('expired', 'CLI-30', 'The certificate has expired.'), certificate };
    return { certificate };
  }

  /** Undefined for a contact point that the roster does not know. */
  authoritiesOf(contactPoint: ContactPointId): Authorities | undefined {
    const known = this.#authorities.get(contactPoint);
    const point = this.contactPoint(contactPoint);
    if (known !== undefined || point === undefined) return known;
    const authorities = authoritiesOf(point);
    this.#authorities.set(contactPoint, authorities);
    return authorities;
  }

  #issuerOf(
    certificate: DeviceCertificate,
    contactPoint: ContactPointId,
  ): { ca: CaCertificate; until: number } | undefined {
    const authorities = this.authoritiesOf(contactPoint);
    const previous = authorities?.previous;
    if (previous !== undefined && equalBytes(certificate.issuerKeyId, previous.ca.keyId)) return previous;
    return authorities && { ca: authorities.current, until: Number.POSITIVE_INFINITY };
  }
}

function contactPointNamedIn(der: Uint8Array): ContactPointId | undefined {
  try {
    return contactPointOf(parseDeviceCertificate(der).device);
  } catch {
    return undefined;
  }
}

function certificateIn({ certificate }: { certificate?: DeviceCertificate }): { certificate?: DeviceCertificate } {
  return certificate === undefined ? {} : { certificate };
}

const REVOKED = fault('revoked', 'CLI-31', 'The certificate was revoked.');
const INACTIVE = fault('inactive', 'CLI-33', 'Its contact point is suspended or has left.');

/** Whether nothing but its time can be wrong with it. */
function isMatterOfTime({ outcome }: CertificateVerification): boolean {
  return ['ok', 'expired', 'not-yet-valid', 'issuer-not-valid'].includes(outcome);
}

function untrusted(verification: CertificateVerification): DeviceStanding {
  return fault('untrusted', 'CLI-30', verification.outcome === 'ok' ? '' : verification.message);
}

function fault(kind: StandingFault, check: ClientCheck, message: string): DeviceStanding {
  return { fault: { kind, check, message } };
}
