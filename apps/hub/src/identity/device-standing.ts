import { Inject, Injectable } from '@nestjs/common';
import {
  parseDeviceCertificate,
  verifyByAuthorities,
  type CertificateFault,
  type DeviceCertificate,
} from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import {
  contactPointOf,
  equalBytes,
  LiaisonError,
  toBase64url,
  type Clock,
  type ContactPointId,
  type RosterContactPoint,
} from '#liaison/protocol';
import { CLOCK } from '../ports.js';
import { CurrentRoster } from '../roster/current-roster.js';
import { RosterService } from '../roster/roster.service.js';
import { RevocationLists } from './revocation-lists.js';

type StandingFault =
  CertificateFault | 'no-roster' | 'roster-expired' | 'unknown-contact-point' | 'contact-point-inactive';

/** `certificate` is there where the CA did sign it, so that a caller can tolerate `expired` and say who it was. */
export type Standing =
  | {
      readonly outcome: 'ok';
      readonly certificate: DeviceCertificate;
      readonly contactPoint: ContactPointId;
      readonly fingerprint: string;
    }
  | {
      readonly outcome: StandingFault;
      readonly check: string;
      readonly message: string;
      readonly certificate?: DeviceCertificate;
    };
type GoodStanding = Extract<Standing, { outcome: 'ok' }>;

const CACHED = 10_000;

/** Whether a device may act: its certificate by the newest roster and revocation list. */
@Injectable()
export class DeviceStanding {
  /** Good ones by fingerprint; emptied when a roster or revocation list changes. Bad ones cost their sender a verification each. */
  private readonly good = new Map<string, GoodStanding>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly revocationLists: RevocationLists,
  ) {
    rosters.changes.subscribe(() => {
      this.good.clear();
    });
    revocationLists.changes.subscribe(() => {
      this.good.clear();
    });
  }

  /**
   * Synchronous; a certificate that was seen before costs one hash.
   * @param certificateDer as the device showed it, or as it stands in its leaf.
   * @param at milliseconds since 1970.
   */
  check(certificateDer: Uint8Array, at = this.clock.now()): Standing {
    const current = this.rosters.current();
    if (current === undefined) return fault('no-roster', 'STA-01', 'This hub has no community yet.');
    if (current.hasExpired(at)) {
      return fault('roster-expired', 'STA-02', 'The roster has expired. The co-chairs must publish a new one.');
    }
    const fingerprint = fingerprintOf(certificateDer);
    const known = this.good.get(fingerprint);
    if (known !== undefined && isValidAt(known.certificate, at)) return known;
    const standing = this.verify(current, certificateDer, fingerprint, at);
    if (standing.outcome === 'ok' && isOfCurrentCa(current, standing)) this.remember(standing);
    return standing;
  }

  private verify(current: CurrentRoster, der: Uint8Array, fingerprint: string, at: number): Standing {
    const contactPoint = claimedContactPoint(der);
    const point = contactPoint && current.contactPoint(contactPoint);
    if (point === undefined) {
      return fault('unknown-contact-point', 'STA-03', 'The certificate is of no contact point in the roster.');
    }
    if (point.status !== 'active') {
      return fault('contact-point-inactive', 'STA-04', `The contact point ${point.id} is suspended or has left.`);
    }
    const verified = this.verifyByCa(current, point, der, at);
    if (verified.outcome !== 'ok') return verified;
    return { outcome: 'ok', certificate: verified.certificate, contactPoint: point.id, fingerprint };
  }

  private verifyByCa(current: CurrentRoster, point: RosterContactPoint, certificate: Uint8Array, at: number) {
    const authorities = current.authoritiesOf(point);
    const crl = this.revocationLists.newest(point.id, at);
    return verifyByAuthorities({ certificate, authorities, contactPoint: point.id, at, crl });
  }

  private remember(standing: GoodStanding): void {
    const [oldest] = this.good.keys();
    if (this.good.size >= CACHED && oldest !== undefined) this.good.delete(oldest);
    this.good.set(standing.fingerprint, standing);
  }
}

/** base64url of SHA-256 over the DER. */
function fingerprintOf(certificateDer: Uint8Array): string {
  return toBase64url(sha256Node(certificateDer));
}

function claimedContactPoint(der: Uint8Array): ContactPointId | undefined {
  try {
    return contactPointOf(parseDeviceCertificate(der).device);
  } catch (error) {
    if (error instanceof LiaisonError) return undefined;
    throw error;
  }
}

/** What a replaced CA issued falls on a day of its own: it is looked at each time. */
function isOfCurrentCa(current: CurrentRoster, { certificate, contactPoint }: GoodStanding): boolean {
  const point = current.contactPoint(contactPoint);
  return point !== undefined && equalBytes(certificate.issuerKeyId, current.authoritiesOf(point).current.keyId);
}

function isValidAt({ notBefore, notAfter }: DeviceCertificate, at: number): boolean {
  return at >= notBefore && at <= notAfter;
}

function fault(outcome: StandingFault, check: string, message: string): Standing {
  return { outcome, check, message };
}
