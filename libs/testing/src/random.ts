import { createCipheriv, createHash } from 'node:crypto';
import type { RandomSource } from '#liaison/protocol';

/** Repeatable bytes: the AES-256-CTR key stream of the seed's hash. As good as random, and the same at each run. */
export function seededRandom(seed: string): RandomSource {
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return { bytes: (length) => new Uint8Array(stream.update(Buffer.alloc(length))) };
}
