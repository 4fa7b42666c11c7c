import { Inject, Injectable } from '@nestjs/common';
import { verify, type DeviceCertificate } from '#liaison/crypto';
import {
  fromBase64url,
  LiaisonError,
  newId,
  sessionSignedBytes,
  type Clock,
  type RandomSource,
  type SessionChallenge,
  type SessionRequest,
} from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { isFingerprintOf } from '../http/client-certificate.js';
import { HubLog } from '../observability/hub-log.js';
import { CLOCK, RANDOM } from '../ports.js';
import { Challenges } from './challenges.js';
import { DeviceStanding } from './device-standing.js';
import { Devices } from './devices.js';
import { SignInPolicies } from './sign-in-policies.js';
import { SignInRefusals } from './sign-in-refusals.js';
import type { NewSession } from './stored-sessions.js';

const SESSION_MS = 15 * 60_000;

/** A device that has proved its identity just now. */
export class VerifiedSignIn {
  constructor(
    readonly certificate: DeviceCertificate,
    readonly fingerprint: string,
    readonly session: NewSession,
  ) {}
}

/** Where a sign-in comes from. */
interface SignInArrival {
  readonly network: string;
  readonly presented: string | undefined;
}

/** Sign-in by device certificate and signature over a nonce (docs/spec/session.md). */
@Injectable()
export class SignIn {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: RandomSource,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly challenges: Challenges,
    private readonly standing: DeviceStanding,
    private readonly devices: Devices,
    private readonly refusals: SignInRefusals,
    private readonly policies: SignInPolicies,
    private readonly log: HubLog,
  ) {}

  challenge(): SessionChallenge {
    const { nonce, expiresAt } = this.challenges.make();
    return { nonce, origin: this.configuration.origin, expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * @param from its network, shortened; the client certificate that its connection presented.
   * @throws LiaisonError `unauthenticated`: SIN-01 and SIN-02 for the nonce, SIN-03 for all else, so that the answer does not tell
   * who exists or was revoked. The log says which check it was.
   */
  async verify(request: SessionRequest, from: SignInArrival): Promise<VerifiedSignIn> {
    const expiresAt = this.challenges.requireLive(request.nonce);
    const certificateDer = fromBase64url(request.certificate);
    const standing = this.standing.check(certificateDer);
    if (standing.outcome !== 'ok') {
      const device = standing.certificate?.device;
      if (device !== undefined) await this.refusals.log(device, standing.outcome);
      throw this.refused(standing.outcome, standing.check);
    }
    const { certificate, contactPoint, fingerprint } = standing;
    if (!this.isSigned(request, certificate)) {
      await this.refusals.log(certificate.device, 'bad-signature');
      throw this.refused('bad-signature');
    }
    const { duties } = certificate;
    if (this.policies.needsMutualTls({ contactPoint, duties }) && !isFingerprintOf(fingerprint, from.presented)) {
      await this.refusals.log(certificate.device, 'no-client-certificate');
      throw this.refused('no-client-certificate', 'TLS-01');
    }
    await this.challenges.useUp(request.nonce, expiresAt);
    const session = this.sessionOf(certificate, from.network);
    const proved = { certificate, der: certificateDer, fingerprint, session };
    const outcome = await this.devices.signedIn(proved, this.clock.now());
    if (outcome !== 'open') {
      await this.refusals.log(certificate.device, outcome);
      throw this.refused(outcome);
    }
    return new VerifiedSignIn(certificate, fingerprint, session);
  }

  /** It never outlives the certificate. */
  private sessionOf({ device, notAfter }: DeviceCertificate, network: string): NewSession {
    const expiry = Math.min(this.clock.now() + SESSION_MS, notAfter);
    return { id: newId(this.clock, this.random), device, network, expiresAt: Math.floor(expiry / 1000) * 1000 };
  }

  private isSigned({ nonce, signature }: SessionRequest, { device, publicKey }: DeviceCertificate): boolean {
    const signed = sessionSignedBytes({ nonce, origin: this.configuration.origin, device });
    return verify('session', signed, fromBase64url(signature), publicKey);
  }

  private refused(reason: string, check?: string): LiaisonError {
    this.log.info('Sign-in refused.', { reason, check });
    const message = 'This device may not sign in here. Ask the administrator of your contact point.';
    return new LiaisonError('unauthenticated', message, { check: 'SIN-03' });
  }
}
