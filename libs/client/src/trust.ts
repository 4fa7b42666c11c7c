import {
  type Authorities,
  authoritiesOf,
  type CaCertificate,
  type DeviceCertificate,
  parseDeviceCertificate,
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
  type SignedRoster,
} from '#liaison/protocol';
import { breach, type ClientCheck } from './breach.js';
import { type Suspension, wasSuspended } from './suspensions.js';

/** How a device stands by roster and revocation lists, now. `fault` is absent for a device in good standing. */
export interface DeviceStanding {
  /** What the certificate says, where it can be believed. */
  readonly certificate?: DeviceCertificate;
  readonly fault?: { readonly kind: StandingFault; readonly check: ClientCheck; readonly message: string };
}
/** Only `expired` and `inactive` may be tolerated, and only of somebody who is a member already. */
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

  constructor(
    readonly signed: SignedRoster,
    readonly roster: Roster,
    readonly revocationLists: ReadonlyMap<ContactPointId, RevocationList>,
    readonly suspensions: readonly Suspension[] = [],
  ) {}

  get externalSenderKey(): Uint8Array {
    return fromBase64url(this.roster.hub.externalSenderKey);
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

  /** Milliseconds since 1970; undefined for a certificate that is not revoked. */
  revokedAt({ device, serial }: DeviceCertificate): number | undefined {
    return this.revocationLists.get(contactPointOf(device))?.revoked.get(serial)?.revokedAt;
  }

  /**
   * Whether the hub had a reason at a time that has passed since: the contact point was suspended then, and is restored now.
   * @param at by the hub's clock.
   */
  hadForfeited(certificate: Uint8Array, at: number): boolean {
    const contactPoint = contactPointNamedIn(certificate);
    return contactPoint !== undefined && wasSuspended(this.suspensions, { contactPoint, at });
  }

  /** @throws LiaisonError `integrity` with the check that failed: for a device that is to be trusted with something new. */
  requireGood(certificate: Uint8Array, at: number): DeviceCertificate {
    const { certificate: believed, fault } = this.standing(certificate, at);
    if (fault !== undefined || believed === undefined) throw breach(fault?.check ?? 'CLI-30', fault?.message);
    return believed;
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
    switch (verification.outcome) {
      case 'ok':
      case 'expired':
      case 'not-yet-valid':
        return verification.certificate === undefined
          ? fault('untrusted', 'CLI-30', '')
          : { certificate: verification.certificate };
      case 'revoked':
        return { ...fault('revoked', 'CLI-31', verification.message), ...certificateIn(verification) };
      case 'malformed':
      case 'wrong-issuer':
      case 'bad-signature':
      case 'foreign-contact-point':
      case 'too-long':
      case 'issuer-not-valid':
        return fault('untrusted', 'CLI-30', verification.message);
    }
  }

  #now(certificate: DeviceCertificate, at: number): DeviceStanding {
    const point = this.contactPoint(contactPointOf(certificate.device));
    if (point?.status !== 'active')
      return { ...fault('inactive', 'CLI-33', 'Its contact point is suspended or has left.'), certificate };
    const issuer = this.#issuerOf(certificate, point.id);
    if (issuer === undefined || at < issuer.ca.notBefore || at > issuer.ca.notAfter)
      return fault('untrusted', 'CLI-30', 'The CA certificate of its contact point is not valid at this time.');
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

function fault(kind: StandingFault, check: ClientCheck, message: string): DeviceStanding {
  return { fault: { kind, check, message } };
}
