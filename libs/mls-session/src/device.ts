import { LiaisonError } from '#liaison/protocol';
import { members, type GroupState } from './group-state.js';
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

/** One device, one leaf. @throws LiaisonError `integrity` (SES-10). */
export function requireUnlikeDevices(state: GroupState, policy: CredentialPolicy): void {
  const devices = members(state).map(({ certificate }) => deviceOf(policy, certificate));
  if (new Set(devices).size !== devices.length) {
    throw new LiaisonError('integrity', 'A device stands twice in this group.', { check: 'SES-10' });
  }
}
