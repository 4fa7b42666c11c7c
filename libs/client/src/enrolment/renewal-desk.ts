import { type CertificateAuthority, type DeviceCertificate, parseDeviceCertificate } from '#liaison/crypto';
import {
  contactPointOf,
  type DeviceAddress,
  fromBase64url,
  LiaisonError,
  type RenewalRequest,
  toBase64url,
} from '#liaison/protocol';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { Trust } from '../trust.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { certify } from './certify.js';
import { termOf, warnOfOthers } from './own-certificate.js';
import { notRenewable, requireRenewalSigned } from './renewal.js';

const HOUR = 60 * 60 * 1000;

/** A device that waits for a further certificate, as this administrator's device has verified it. */
export interface RenewalReport extends Pick<DeviceCertificate, 'device' | 'officerName' | 'clearance' | 'duties'> {
  readonly request: RenewalRequest;
  /** RFC 3339: when the certificate that it has ends, or the CA that issued it. */
  readonly until: string;
}

/** Further certificates for devices of the own contact point: same key, clearance and duties. */
export class RenewalDesk {
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {}

  async renewals(): Promise<RenewalReport[]> {
    const trust = await this.#newestTrust();
    const { renewals } = await this.hub.call('listRenewals');
    return renewals.flatMap((request) => this.#renewable(request, trust));
  }

  async renewAll(confirmed: readonly RenewalReport[], ca: CertificateAuthority): Promise<DeviceAddress[]> {
    const trust = await this.#newestTrust();
    const certified = confirmed.map(({ device, request }) => ({
      device,
      certificate: this.#renew(request, ca, trust),
    }));
    const done: DeviceAddress[] = [];
    for (const { device, certificate } of certified) if (await this.#isGiven(certificate)) done.push(device);
    return done;
  }

  /** @returns false where it waits no more. */
  async #isGiven(certificate: Uint8Array): Promise<boolean> {
    try {
      await this.hub.call('giveRenewal', { body: { certificate: toBase64url(certificate) } });
      return true;
    } catch (error) {
      if (error instanceof LiaisonError && error.details.check === 'ENR-08') return false;
      throw error;
    }
  }

  /** Administrators hear of colleagues whose certificates run out, whether they have asked or not. */
  async warn(): Promise<void> {
    const now = this.device.clock.now();
    const { duties } = parseDeviceCertificate(this.device.certificate);
    if (!duties.includes('administrator') || now - this.#warnedAt < HOUR) return;
    this.#warnedAt = now;
    const { contactPoint } = this.device;
    const { devices } = await this.hub.call('listDevices', { params: { contactPoint }, query: {} });
    const trust = await this.device.transact((transaction) => this.trust.current(transaction));
    await warnOfOthers(
      this.device,
      trust,
      devices.map(({ certificate }) => fromBase64url(certificate)),
    );
  }

  #renewable(request: RenewalRequest, trust: Trust): RenewalReport[] {
    try {
      const { device, officerName, clearance, duties, ...rest } = this.#requireRenewable(request, trust);
      const { from, until } = termOf({ device, officerName, clearance, duties, ...rest }, trust);
      if (this.device.clock.now() < from) return [];
      return [{ request, device, officerName, clearance, duties, until: new Date(until).toISOString() }];
    } catch (error) {
      if (error instanceof LiaisonError) return [];
      throw error;
    }
  }

  async renew(request: RenewalRequest, ca: CertificateAuthority): Promise<Uint8Array> {
    return this.#renew(request, ca, await this.#newestTrust());
  }

  #renew(request: RenewalRequest, ca: CertificateAuthority, trust: Trust): Uint8Array {
    const { device, officerName, publicKey, clearance, duties } = this.#requireRenewable(request, trust);
    const grant = { device, officerName, clearance, duties: [...duties] };
    return certify(this.device, { grant, publicKey, ca, trust });
  }

  #requireRenewable(request: RenewalRequest, trust: Trust): DeviceCertificate {
    const at = this.device.clock.now();
    const { certificate, fault } = trust.standing(fromBase64url(request.certificate), at);
    if (certificate === undefined || fault !== undefined)
      throw notRenewable(fault?.message ?? 'it is not of this community.');
    if (contactPointOf(certificate.device) !== this.device.contactPoint)
      throw notRenewable('it is of another contact point.');
    requireRenewalSigned(request, certificate.publicKey, at);
    return certificate;
  }

  /** With the revocation list that another administrator may have published a moment ago. */
  async #newestTrust(): Promise<Trust> {
    await this.trust.refreshRoster(this.hub);
    await this.trust.askForRevocations(this.hub, [this.device.contactPoint]);
    return this.device.transact((transaction) => this.trust.current(transaction));
  }
}
