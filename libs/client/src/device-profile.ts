import { type PassphraseCost, openWithPassphrase, sealWithPassphrase } from '#liaison/crypto';
import {
  base64urlOf,
  base64urlUpTo,
  canonicalJson,
  DeviceAddress,
  explainIssues,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  LIMITS,
  parseCanonicalJson,
  SignedRoster,
  toBase64url,
  utf8,
  type RandomSource,
} from '#liaison/protocol';
import * as z from 'zod';

/** The name of the sealed profile in a device's folder, and of the folder of its store there. */
export const PROFILE_FILE = 'profile.json';
export const STORE_FOLDER = 'store';

/** All that a device needs to be itself again, but the channels' state, which lies in its store. */
export interface DeviceProfile {
  readonly v: 1;
  readonly device: DeviceAddress;
  /** 32 bytes: the Ed25519 private key of the device. */
  readonly signingSeed: Uint8Array;
  /** DER of the device certificate. */
  readonly certificate: Uint8Array;
  /** Where to connect, such as `https://hub.example`. */
  readonly hubUrl: string;
  /** Pinned: every later roster must be an update of it. */
  readonly foundingRoster: SignedRoster;
  /** 32 bytes: what the local store is encrypted under. */
  readonly storeKey: Uint8Array;
}

const ProfileFile = z.strictObject({
  v: z.literal(1),
  device: DeviceAddress,
  signingSeed: base64urlOf(32),
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  hubUrl: z.url({ protocol: /^https?$/ }).max(500),
  foundingRoster: SignedRoster,
  storeKey: base64urlOf(32),
});

const PURPOSE = 'device-profile';

/** @returns the profile as a passphrase-sealed file (docs/spec/client.md). */
export function sealProfile(
  profile: DeviceProfile,
  passphrase: string,
  options: { readonly random: RandomSource; readonly cost?: PassphraseCost },
): Uint8Array {
  const { signingSeed, certificate, storeKey, ...rest } = profile;
  const file = {
    ...rest,
    signingSeed: toBase64url(signingSeed),
    certificate: toBase64url(certificate),
    storeKey: toBase64url(storeKey),
  };
  return sealWithPassphrase(utf8(canonicalJson(ProfileFile.parse(file))), passphrase, { ...options, purpose: PURPOSE });
}

/** @throws LiaisonError as `openWithPassphrase`; `malformed` (CLI-60) where what was sealed is not a profile. */
export function openProfile(file: Uint8Array, passphrase: string): DeviceProfile {
  const opened = openWithPassphrase(file, passphrase, { purpose: PURPOSE });
  const parsed = ProfileFile.safeParse(parseCanonicalJson(fromUtf8(opened)));
  if (!parsed.success) {
    throw new LiaisonError('malformed', `This device profile is not valid: ${explainIssues(parsed.error)}.`, {
      check: 'CLI-60',
    });
  }
  const { signingSeed, certificate, storeKey, ...rest } = parsed.data;
  return {
    ...rest,
    signingSeed: fromBase64url(signingSeed),
    certificate: fromBase64url(certificate),
    storeKey: fromBase64url(storeKey),
  };
}
