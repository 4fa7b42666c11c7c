import { Inject, Injectable } from '@nestjs/common';
import { certificateMisfit, verify, type DeviceCertificate } from '#liaison/crypto';
import {
  contactPointOf,
  fromBase64url,
  LiaisonError,
  RENEWAL_CONTEXT,
  renewalSignedBytes,
  timestampOf,
  toBase64url,
  type Clock,
  type RenewalRequest,
  type RenewalState,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { CLOCK } from '../ports.js';
import { RenewalStore, type StoredRenewal } from './renewal-store.js';

/** Devices ask to be certified for longer, administrators bring what the contact point CA issued. The hub passes on, and certifies nobody. */
@Injectable()
export class Renewals {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly standing: DeviceStanding,
    private readonly store: RenewalStore,
  ) {}

  /** The same again tells what has become of it. @throws LiaisonError `bad-signature` (ENR-18): not by this device for the certificate that it signed in with. */
  async request(caller: AuthenticatedDevice, request: RenewalRequest): Promise<RenewalState> {
    const certificate = fromBase64url(request.certificate);
    const standing = this.standing.check(certificate);
    if (
      standing.outcome !== 'ok' ||
      standing.fingerprint !== caller.certificateFingerprint ||
      !isSigned(request, standing.certificate)
    ) {
      const message = 'A device asks for itself, with the certificate that it has and the key in it.';
      throw new LiaisonError('bad-signature', message, { check: 'ENR-18' });
    }
    const renewed = await this.store.renewed(standing.fingerprint);
    if (renewed !== undefined && this.standing.check(renewed).outcome === 'ok') return renewedState(renewed);
    const row = {
      fingerprint: standing.fingerprint,
      device: caller.device,
      certificate: Buffer.from(certificate),
      at: new Date(request.at),
      signature: Buffer.from(fromBase64url(request.signature)),
    };
    await this.store.add(caller.contactPoint, row, this.act('enrolment.renewal-requested', caller, caller.device));
    return { state: 'requested' };
  }

  /** Of the caller's contact point, for its administrators; for others there are none. */
  async waiting(caller: AuthenticatedDevice): Promise<RenewalRequest[]> {
    if (!caller.duties.includes('administrator')) return [];
    const waiting = await this.store.waiting(caller.contactPoint, this.clock.now());
    return waiting.map(({ certificate, at, signature }) => ({
      certificate: toBase64url(certificate),
      at: at.toISOString(),
      signature: toBase64url(signature),
    }));
  }

  /**
   * The same certificate again is answered as the first time.
   * @throws LiaisonError `not-found` (ENR-08) where no such device of the caller's contact point waits, `bad-signature` (ENR-19).
   */
  async give(caller: AuthenticatedDevice, der: Uint8Array): Promise<RenewalState> {
    const standing = this.standing.check(der);
    if (standing.outcome !== 'ok') throw misfit(standing.message);
    const { certificate } = standing;
    if (isAdministratorOf(caller, certificate) && (await this.store.isGiven(der))) return renewedState(der);
    const waiting = await this.waitingFor(caller, certificate);
    const fault = waiting === undefined ? undefined : this.misfitOf(certificate, waiting);
    if (fault !== undefined) throw misfit(fault);
    if (waiting !== undefined)
      await this.store.give(waiting.fingerprint, der, this.act('enrolment.renewed', caller, certificate.device));
    return renewedState(der);
  }

  private async waitingFor(
    caller: AuthenticatedDevice,
    certificate: DeviceCertificate,
  ): Promise<StoredRenewal | undefined> {
    const waiting = isAdministratorOf(caller, certificate)
      ? await this.store.waitingOf(caller.contactPoint, certificate.device, this.clock.now())
      : undefined;
    if (waiting !== undefined) return waiting;
    throw new LiaisonError('not-found', 'No such device of your contact point waits for a certificate.', {
      check: 'ENR-08',
    });
  }

  private misfitOf(certificate: DeviceCertificate, waiting: StoredRenewal): string | undefined {
    const before = this.standing.check(waiting.certificate);
    if (before.outcome !== 'ok') return before.message;
    const { device, officerName, clearance, duties, publicKey } = before.certificate;
    return certificateMisfit(certificate, { device, officerName, clearance, duties: [...duties] }, publicKey);
  }

  private act(
    type: Extract<LogAct['type'], `enrolment.${string}`>,
    { device: actor, contactPoint }: AuthenticatedDevice,
    device: StoredRenewal['device'],
  ): LogAct {
    return { type, at: timestampOf(this.clock), actor, subject: { device, contactPoint } };
  }
}

function isSigned(request: RenewalRequest, { publicKey }: DeviceCertificate): boolean {
  return verify(RENEWAL_CONTEXT, renewalSignedBytes(request), fromBase64url(request.signature), publicKey);
}

function isAdministratorOf({ contactPoint, duties }: AuthenticatedDevice, { device }: DeviceCertificate): boolean {
  return contactPointOf(device) === contactPoint && duties.includes('administrator');
}

function renewedState(certificate: Uint8Array): RenewalState {
  return { state: 'renewed', certificate: toBase64url(certificate) };
}

function misfit(why: string): LiaisonError {
  return new LiaisonError('bad-signature', `The certificate does not fit: ${why}`, { check: 'ENR-19' });
}
