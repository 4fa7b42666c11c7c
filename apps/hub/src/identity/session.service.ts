import { Inject, Injectable } from '@nestjs/common';
import { parseDeviceCertificate } from '#liaison/crypto';
import { LiaisonError, type Clock, type ContactPointId, type Session } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CLOCK } from '../ports.js';
import { isFingerprintOf } from '../http/client-certificate.js';
import { DeviceStanding } from './device-standing.js';
import { Devices } from './devices.js';
import { LiveSessions } from './live-sessions.js';
import { SessionEnding } from './session-ending.js';
import { SessionTokens, type SessionClaims } from './session-tokens.js';
import { isSatisfiedBy, SignInPolicies } from './sign-in-policies.js';
import type { VerifiedSignIn } from './sign-in.js';

/** How a token came. */
export interface Arrival {
  /** Fingerprint of the client certificate that its connection presented. */
  readonly presented: string | undefined;
  /** Whether a session will do that lacks its second proof. */
  readonly halfOpen?: boolean;
}

/** Sessions of devices: short, bound to the certificate, and over as soon as the device may no longer act. */
@Injectable()
export class SessionService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly tokens: SessionTokens,
    private readonly live: LiveSessions,
    private readonly ending: SessionEnding,
    private readonly devices: Devices,
    private readonly standing: DeviceStanding,
    private readonly policies: SignInPolicies,
  ) {}

  /** Gives the token of a session that was opened. */
  async open({ fingerprint, session }: VerifiedSignIn): Promise<Session> {
    const { id: sessionId, device, expiresAt } = session;
    const token = await this.tokens.issue({ sessionId, device, certificateFingerprint: fingerprint, expiresAt });
    return { token, device, expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * The device behind a bearer token, of a request or of a socket's handshake.
   * @throws LiaisonError `unauthenticated`: SIN-05 the token, SIN-06 the session has ended or its certificate is superseded,
   * SIN-07 the device is no longer in good standing, TLS-02 the connection is not one of its own; `second-factor-needed` (SIN-08).
   */
  async authenticate(token: string, { presented, halfOpen = false }: Arrival): Promise<AuthenticatedDevice> {
    const device = this.live.find(token) ?? (await this.verified(token, halfOpen));
    if (this.policies.needsMutualTls(device) && !isFingerprintOf(device.certificateFingerprint, presented))
      throw ended('TLS-02');
    return device;
  }

  private async verified(token: string, halfOpen: boolean): Promise<AuthenticatedDevice> {
    const claims = await this.tokens.verify(token);
    const device = await this.deviceOf(claims);
    if (device.lacksSecondFactor) return halfOpen ? device : refuseHalfOpen();
    this.live.add(token, device);
    return device;
  }

  /** Ends this one session, on every hub process. */
  async end(caller: AuthenticatedDevice): Promise<void> {
    await this.ending.some(caller, [caller.sessionId]);
  }

  /** Ends the sessions of devices that a new roster or revocation list no longer lets act. */
  endForfeited(): void {
    this.live.endWhere(({ certificate }) => this.standing.check(certificate).outcome !== 'ok', 'revoked');
  }

  /** All of a contact point of whom a second proof, or mutual TLS, is demanded now: their sockets close and come back. */
  reconsiderAll(contactPoint: ContactPointId): void {
    this.live.endWhere(
      (device) =>
        device.contactPoint === contactPoint &&
        (this.policies.ruleFor(device) !== 'none' || this.policies.needsMutualTls(device)),
      'session-ended',
    );
  }

  private async deviceOf(claims: SessionClaims): Promise<AuthenticatedDevice> {
    const { sessionId, device, certificateFingerprint, expiresAt } = claims;
    const hours = this.policies.hoursFor(device);
    const facts = await this.devices.sessionFacts(claims, { at: this.clock.now(), hours });
    if (facts === undefined || facts.hasEnded || facts.fingerprint !== certificateFingerprint) throw ended('SIN-06');
    const standing = this.standing.check(facts.certificate);
    if (standing.outcome !== 'ok') throw ended('SIN-07');
    const { contactPoint } = standing;
    const { clearance, duties, publicKey } = parseDeviceCertificate(facts.certificate);
    const rule = this.policies.ruleFor({ contactPoint, duties });
    // A socket that was let in by the proof closes with it.
    const endsAt = rule === 'none' ? expiresAt : Math.min(expiresAt, facts.provedUntil ?? expiresAt);
    return AuthenticatedDevice.ofVerifiedSession({
      device,
      contactPoint,
      clearance,
      duties,
      publicKey,
      certificate: facts.certificate,
      certificateFingerprint,
      sessionId,
      sessionExpiresAt: endsAt,
      lacksSecondFactor: !isSatisfiedBy(rule, facts.provedBy),
    });
  }
}

/** Its token is good: whoever brings it does not guess. */
export function isHalfOpen(error: unknown): boolean {
  return error instanceof LiaisonError && error.code === 'second-factor-needed';
}

function refuseHalfOpen(): never {
  const message =
    'Your contact point demands a second proof: a security key or the national sign-on. Make it with "liaison second-factor", then send the same again.';
  throw new LiaisonError('second-factor-needed', message, { check: 'SIN-08' });
}

function ended(check: string): LiaisonError {
  return new LiaisonError('unauthenticated', 'This session is not valid or has ended. Sign in again.', { check });
}
