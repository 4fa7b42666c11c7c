import sodium from 'libsodium-wrappers-sumo';
import { LiaisonError } from '#liaison/protocol';

let loaded = false;

/**
 * Loads libsodium. Await it once before the first call to any other function of this library; all but
 * certificate and CRL issuance are synchronous afterwards.
 */
export async function cryptoReady(): Promise<void> {
  await sodium.ready;
  loaded = true;
}

/** @throws LiaisonError `usage` where {@link cryptoReady} has not been awaited. */
export function libsodium(): typeof sodium {
  if (!loaded) throw new LiaisonError('usage', 'The crypto library is not loaded yet: await cryptoReady() first.');
  return sodium;
}

/**
 * The one guard of lengths: a libsodium call with a wrong length may throw its own error, or give a silent wrong answer.
 * @throws LiaisonError `usage`.
 */
export function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new LiaisonError('usage', `The ${what} has ${bytes.length} bytes; it must have ${length}.`);
  }
}

/** @throws LiaisonError `internal` where the source gives fewer bytes than asked: never use what it gave. */
export function freshBytes(random: { bytes(length: number): Uint8Array }, length: number): Uint8Array {
  const bytes = random.bytes(length);
  if (bytes.length !== length) throw new LiaisonError('internal', 'The random source gave too few bytes.');
  return bytes;
}
