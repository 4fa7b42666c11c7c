import { loadMls, type NewKeyPackage } from '#liaison/mls-session';
import { toBase64url, type Clock, type RandomSource } from '#liaison/protocol';
import type { HubDevice } from './hub-community.js';

const DAY = 24 * 60 * 60 * 1000;

export interface KeyPackageWish {
  readonly lastResort?: boolean;
  readonly lifetimeMs?: number;
}

/** A KeyPackage of the device, as its client would make it. */
export async function newKeyPackage(
  { certificate, key }: HubDevice,
  { clock, random }: { readonly clock: Clock; readonly random: RandomSource },
  { lastResort = false, lifetimeMs = 30 * DAY }: KeyPackageWish = {},
): Promise<NewKeyPackage & { readonly text: string }> {
  const mls = await loadMls(random);
  const now = Math.floor(clock.now() / 1000) * 1000;
  const made = await mls.createKeyPackage({
    certificate,
    signingSeed: key.privateKey,
    lifetime: { notBefore: now - 60_000, notAfter: now + lifetimeMs },
    lastResort,
  });
  return { ...made, text: toBase64url(made.keyPackage) };
}
