import { LiaisonError } from '#liaison/protocol';
import type { CredentialPolicy } from './policy.js';

type DeviceOf = CredentialPolicy['deviceOf'];

/** Reading a certificate is dear and a leaf keeps its certificate from epoch to epoch. */
const known = new WeakMap<DeviceOf, WeakMap<Uint8Array, string>>();

/** @throws LiaisonError `integrity` (SES-06) for a certificate without device address. */
export function deviceOf(policy: CredentialPolicy, certificate: Uint8Array): string {
  const ask: DeviceOf = policy.deviceOf;
  const devices = known.get(ask) ?? new WeakMap<Uint8Array, string>();
  known.set(ask, devices);
  const device = devices.get(certificate) ?? read(policy, certificate);
  devices.set(certificate, device);
  return device;
}

function read(policy: CredentialPolicy, certificate: Uint8Array): string {
  try {
    return policy.deviceOf(certificate);
  } catch (cause) {
    throw new LiaisonError('integrity', 'A member’s certificate names no device.', { check: 'SES-06', cause });
  }
}
