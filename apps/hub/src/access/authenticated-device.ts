import type { Classification, ContactPointId, DeviceAddress } from '#liaison/protocol';
import type { Duty } from '#liaison/crypto';

export interface VerifiedSession {
  readonly device: DeviceAddress;
  readonly contactPoint: ContactPointId;
  readonly clearance: Classification;
  readonly duties: readonly Duty[];
  /** DER of the device's current certificate. */
  readonly certificate: Uint8Array;
  /** base64url of SHA-256 over the DER. */
  readonly certificateFingerprint: string;
  /** Ed25519, 32 bytes: the key in the certificate. */
  readonly publicKey: Uint8Array;
  readonly sessionId: string;
  /** Milliseconds since 1970. */
  readonly sessionExpiresAt: number;
  /** Its contact point demands a second proof, which is still to be made: it may do nothing else. */
  readonly lacksSecondFactor: boolean;
}

/**
 * Proof that a caller is a device in good standing with a live session. Whatever acts for a device takes one of these;
 * only identity/ makes them (a test looks), so no handler can forget to authenticate.
 */
export class AuthenticatedDevice implements VerifiedSession {
  readonly device: DeviceAddress;
  readonly contactPoint: ContactPointId;
  readonly clearance: Classification;
  readonly duties: readonly Duty[];
  readonly certificate: Uint8Array;
  readonly certificateFingerprint: string;
  readonly publicKey: Uint8Array;
  readonly sessionId: string;
  readonly sessionExpiresAt: number;
  readonly lacksSecondFactor: boolean;

  private constructor(session: VerifiedSession) {
    this.device = session.device;
    this.contactPoint = session.contactPoint;
    this.clearance = session.clearance;
    this.duties = session.duties;
    this.certificate = session.certificate;
    this.certificateFingerprint = session.certificateFingerprint;
    this.publicKey = session.publicKey;
    this.sessionId = session.sessionId;
    this.sessionExpiresAt = session.sessionExpiresAt;
    this.lacksSecondFactor = session.lacksSecondFactor;
  }

  static ofVerifiedSession(session: VerifiedSession): AuthenticatedDevice {
    return new AuthenticatedDevice(session);
  }
}
