import { fromUtf8, type RandomSource, toBase64url } from '#liaison/protocol';
import type { PassphraseCost } from '#liaison/crypto';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import type { DemoPaths } from './demo-paths.js';

/**
 * The demo's passphrase is random, 192 bits: no amount of stretching makes it harder to guess, so its files are sealed
 * with the least. What an officer chooses is stretched at full cost.
 */
export const DEMO_PASSPHRASE_COST: PassphraseCost = { memoryKiB: 1024, passes: 1 };

/** Made at the first call; a file that the owner alone may read. */
export async function demoPassphrase({ passphrase }: Pick<DemoPaths, 'passphrase'>, random: RandomSource) {
  const present = await readIfPresent(passphrase);
  if (present !== undefined) return fromUtf8(present).trim();
  const made = toBase64url(random.bytes(24));
  await writePrivateFile(passphrase, `${made}\n`);
  return made;
}
