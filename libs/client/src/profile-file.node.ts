import { join } from 'node:path';
import type { PassphraseCost } from '#liaison/crypto';
import { equalBytes, type RandomSource } from '#liaison/protocol';
import { type DeviceProfile, PROFILE_FILE, sealProfile } from './device-profile.js';
import { writePrivateFile } from './private-file.node.js';

export interface ProfileSeal {
  readonly passphrase: string;
  readonly random: RandomSource;
  /** Default: the full one. */
  readonly cost?: PassphraseCost;
}

/** The whole profile or the one of before, durable on return. */
export async function writeProfile(folder: string, profile: DeviceProfile, seal: ProfileSeal): Promise<void> {
  await writePrivateFile(join(folder, PROFILE_FILE), sealProfile(profile, seal.passphrase, seal));
}

/** A certificate that was fetched on the way goes into the profile, too: a device that loses its store can still sign in. */
export async function keepCertificate(
  folder: string,
  { profile, certificate }: { readonly profile: DeviceProfile; readonly certificate: Uint8Array },
  seal: ProfileSeal,
): Promise<void> {
  if (equalBytes(certificate, profile.certificate)) return;
  await writeProfile(folder, { ...profile, certificate }, seal);
}
