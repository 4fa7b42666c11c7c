import { type DeviceCertificate, parseDeviceCertificate } from '#liaison/crypto';
import { contactPointOf, equalBytes, fromBase64url } from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { Trust } from '../trust.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { renewalRequest, requireRenewed } from './renewal.js';

const DAY = 24 * 60 * 60 * 1000;
const HOUR = 60 * 60 * 1000;
/** From how many days before the end an alarm is raised, and raised again. */
const ALARM_DAYS = [3, 14, 30];

/** Keeps this device certified: asks in the last third of the validity, and takes what an administrator gives back. */
export class OwnCertificate {
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {}

  /** At most once an hour. @throws LiaisonError of the hub; `integrity` (ENR-17) for a certificate that is not this device's. */
  async keep(): Promise<void> {
    const now = this.device.clock.now();
    const trust = await this.device.transact((transaction) => this.trust.current(transaction));
    const certificate = parseDeviceCertificate(this.device.certificate);
    const { from, until } = termOf(certificate, trust);
    if (now < from || now - this.#askedAt < HOUR) return;
    this.#askedAt = now;
    const answer = await this.hub.call('requestRenewal', { body: renewalRequest(this.device, this.device.clock) });
    if (answer.certificate !== undefined) await this.take(fromBase64url(answer.certificate));
    else await this.#warn(until, now);
  }

  /** Signed in anew at once: what is certified from now on, such as KeyPackages, carries the new one. */
  async take(certificate: Uint8Array): Promise<void> {
    const { roster } = await this.device.transact((transaction) => this.trust.current(transaction));
    requireRenewed(this.device, certificate, { roster, at: this.device.clock.now() });
    await this.device.transact((transaction) => {
      this.device.take(transaction, certificate);
      return Promise.resolve();
    });
    this.hub.forgetSession();
    await this.hub.signIn();
  }

  async #warn(until: number, now: number): Promise<void> {
    const days = alarmDays(until, now);
    if (days === undefined) return;
    const detail = `Fewer than ${days} days are left: it counts until ${dayOf(until)}. Ask your administrator for "liaison admin renewals".`;
    await this.device.transact((transaction) => raiseAlarm(transaction, this.device.clock, breach('CLI-90', detail)));
  }
}

/**
 * Tells an administrator of devices of the own contact point that soon count no more.
 * @param certificates DER, of the directory; those that do not hold are passed over.
 */
export async function warnOfOthers(device: Device, trust: Trust, certificates: readonly Uint8Array[]): Promise<void> {
  const now = device.clock.now();
  for (const der of certificates) {
    const { certificate, fault } = trust.standing(der, now);
    if (certificate === undefined || fault !== undefined || certificate.device === device.address) continue;
    const { until } = termOf(certificate, trust);
    const days = alarmDays(until, now);
    if (days === undefined) continue;
    const detail = `${certificate.device}: fewer than ${days} days are left, until ${dayOf(until)}. See "liaison admin renewals".`;
    await device.transact((transaction) => raiseAlarm(transaction, device.clock, breach('CLI-91', detail)));
  }
}

/** When a device may ask for a further certificate, and when the one that it has ends. Milliseconds since 1970. */
export function termOf(
  certificate: DeviceCertificate,
  trust: Trust,
): { readonly from: number; readonly until: number } {
  const { notBefore, notAfter, device, issuerKeyId } = certificate;
  const previous = trust.authoritiesOf(contactPointOf(device))?.previous;
  // What a replaced CA issued is to be issued anew as soon as can be.
  if (previous !== undefined && equalBytes(issuerKeyId, previous.ca.keyId))
    return { from: notBefore, until: Math.min(notAfter, previous.until) };
  return { from: notAfter - (notAfter - notBefore) / 3, until: notAfter };
}

function alarmDays(until: number, now: number): number | undefined {
  return ALARM_DAYS.find((days) => until - now < days * DAY);
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
