import { Inject, Injectable } from '@nestjs/common';
import { parseDeviceCertificate } from '#liaison/crypto';
import { LiaisonError, newId, type Clock, type RandomSource, type Session } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CLOCK, RANDOM } from '../ports.js';
import { DeviceStanding } from './device-standing.js';
import { Devices } from './devices.js';
import { LiveSessions } from './live-sessions.js';
import { SessionTokens, type SessionClaims } from './session-tokens.js';
import type { VerifiedSignIn } from './sign-in.js';

const SESSION_MS = 15 * 60_000;

/** Sessions of devices: short, bound to the certificate, and over as soon as the device may no longer act. */
@Injectable()
export class SessionService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: RandomSource,
    private readonly tokens: SessionTokens,
    private readonly live: LiveSessions,
    private readonly devices: Devices,
    private readonly standing: DeviceStanding,
  ) {}

  /** The token never outlives the certificate. */
  async open({ certificate, fingerprint }: VerifiedSignIn): Promise<Session> {
    const expiry = Math.min(this.clock.now() + SESSION_MS, certificate.notAfter);
    const expiresAt = Math.floor(expiry / 1000) * 1000;
    const sessionId = newId(this.clock, this.random);
    const { device } = certificate;
    const token = await this.tokens.issue({ sessionId, device, certificateFingerprint: fingerprint, expiresAt });
    return { token, device, expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * The device behind a bearer token, of a request or of a socket's handshake.
   * @throws LiaisonError `unauthenticated`: SIN-05 the token, SIN-06 the session has ended or its certificate is superseded,
   * SIN-07 the device is no longer in good standing.
   */
  async authenticate(token: string): Promise<AuthenticatedDevice> {
    const known = this.live.find(token);
    if (known !== undefined) return known;
    const claims = await this.tokens.verify(token);
    const device = await this.deviceOf(claims);
    this.live.add(token, device);
    return device;
  }

  /** Ends this one session, on every hub process. */
  async end({ sessionId, device, sessionExpiresAt }: AuthenticatedDevice): Promise<void> {
    await this.devices.endSession(device, sessionId, sessionExpiresAt, this.clock.now());
    this.live.end(sessionId, device, 'session-ended');
  }

  /** Ends the sessions of devices that a new roster or revocation list no longer lets act. */
  endForfeited(): void {
    this.live.endWhere(({ certificate }) => this.standing.check(certificate).outcome !== 'ok', 'revoked');
  }

  private async deviceOf(claims: SessionClaims): Promise<AuthenticatedDevice> {
    const { sessionId, device, certificateFingerprint, expiresAt } = claims;
    const facts = await this.devices.sessionFacts(device, sessionId);
    if (facts === undefined || facts.hasEnded || facts.fingerprint !== certificateFingerprint) throw ended('SIN-06');
    const standing = this.standing.check(facts.certificate);
    if (standing.outcome !== 'ok') throw ended('SIN-07');
    const { clearance, duties, publicKey } = parseDeviceCertificate(facts.certificate);
    return AuthenticatedDevice.ofVerifiedSession({
      device,
      contactPoint: standing.contactPoint,
      clearance,
      duties,
      publicKey,
      certificate: facts.certificate,
      certificateFingerprint,
      sessionId,
      sessionExpiresAt: expiresAt,
    });
  }
}

function ended(check: string): LiaisonError {
  return new LiaisonError('unauthenticated', 'This session is not valid or has ended. Sign in again.', { check });
}
