import { parseKeyPackage } from '#liaison/mls-framing';
import { type ChannelProfile, type DeviceAddress, fromBase64url, LiaisonError } from '#liaison/protocol';
import { asBreach, breach } from './breach.js';
import { deviceOf, requireEntry } from './group-policy.js';
import type { Hub } from './hub.js';
import type { Trust } from './trust.js';

/**
 * KeyPackages of devices that may be members; a device that has none is left out.
 * @throws LiaisonError `integrity` CLI-42 for the KeyPackage of another device, `not-allowed` for a device that may not be a member.
 */
export async function claimKeyPackages(
  hub: Hub,
  devices: readonly DeviceAddress[],
  rules: { readonly trust: Trust; readonly profile: ChannelProfile; readonly at: number },
): Promise<Map<DeviceAddress, Uint8Array>> {
  const found = new Map<DeviceAddress, Uint8Array>();
  if (devices.length === 0) return found;
  const { claimed } = await hub.call('claimKeyPackages', { body: { devices: [...devices] } });
  for (const { device, keyPackage } of claimed) {
    if (keyPackage === undefined) continue;
    const bytes = fromBase64url(keyPackage);
    const { certificate } = readKeyPackage(bytes);
    if (!devices.includes(device) || deviceOf(certificate) !== device) throw breach('CLI-42', `Asked for: ${device}.`);
    requireAddable(certificate, rules.profile, rules.trust, rules.at);
    found.set(device, bytes);
  }
  return found;
}

/** Choosing somebody who may not be a member is a mistake of the caller, not a breach. @throws LiaisonError `not-allowed`. */
export function requireAddable(certificate: Uint8Array, profile: ChannelProfile, trust: Trust, at: number): void {
  try {
    trust.requireGood(certificate, at);
    requireEntry(certificate, profile, trust, at);
  } catch (cause) {
    const { message, details } = asBreach('CLI-30', cause);
    throw new LiaisonError('not-allowed', message, details);
  }
}

function readKeyPackage(bytes: Uint8Array) {
  try {
    return parseKeyPackage(bytes);
  } catch (cause) {
    throw asBreach('CLI-42', cause);
  }
}
