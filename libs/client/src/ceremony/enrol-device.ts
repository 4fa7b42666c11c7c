import { type CertificateAuthority, DEVICE_CERTIFICATE_DAYS, type Duty, issueDeviceCertificate } from '#liaison/crypto';
import type { Classification, Clock, RandomSource } from '#liaison/protocol';
import type { DevicePlan } from './community-plan.js';
import { DAY, wholeSecond } from './validity.js';

/** What the administrator of a contact point has before them when they certify a device. */
export interface Enrolment {
  readonly ca: CertificateAuthority;
  readonly device: DevicePlan;
  /** 32 bytes, from the device; its private half never leaves it. */
  readonly devicePublicKey: Uint8Array;
  readonly clearance: Classification;
  readonly duties: readonly Duty[];
}

/** @returns the device certificate (DER), valid as long as one may be. @throws LiaisonError `usage` for a device of another contact point. */
export function enrolDevice(
  { ca, device, devicePublicKey, clearance, duties }: Enrolment,
  ports: { readonly clock: Clock; readonly random: RandomSource },
): Uint8Array {
  const notBefore = wholeSecond(ports.clock);
  return issueDeviceCertificate({
    ca,
    device: device.address,
    devicePublicKey,
    officerName: device.officerName,
    clearance,
    duties,
    notBefore,
    notAfter: notBefore + DEVICE_CERTIFICATE_DAYS * DAY,
    random: ports.random,
  });
}
