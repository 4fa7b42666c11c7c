import { concatBytes, equalBytes, LiaisonError, type RandomSource } from '#liaison/protocol';
import { contextPrefix } from './context.js';
import { sha256 } from './sha256.js';
import { freshBytes, libsodium, requireLength } from './sodium.js';

export const KEY_BYTES = 32;
const COMMITMENT_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** What {@link sealCommitted} adds to a plaintext. */
export const SEAL_OVERHEAD = COMMITMENT_BYTES + NONCE_BYTES + TAG_BYTES;

interface Binding {
  /** Names the commitment's context, such as `body key`. */
  readonly purpose: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Not in the output; opening needs the same bytes. */
  readonly associated: Uint8Array;
}

/**
 * `commitment(32) || nonce(24) || XChaCha20-Poly1305 ciphertext and tag(16)` (draft-irtf-cfrg-xchacha-03).
 *
 * The commitment is SHA-256 over context, key and associated bytes. XChaCha20-Poly1305 does not commit to its key:
 * without it, one ciphertext can be built that opens to two plaintexts under two keys.
 */
export function sealCommitted(binding: Binding, plaintext: Uint8Array, random: RandomSource): Uint8Array {
  const nonce = freshBytes(random, NONCE_BYTES);
  const commitment = commitmentOf(binding);
  const ciphertext = libsodium().crypto_aead_xchacha20poly1305_ietf_encrypt(
    plaintext,
    binding.associated,
    null,
    nonce,
    binding.key,
  );
  return concatBytes(commitment, nonce, ciphertext);
}

/** Why {@link openCommitted} did not open, so that the caller can say what it means there. */
export type OpenFailure = 'too-short' | 'wrong-key' | 'altered';

/** `wrong-key`: another key, other associated bytes, or a damaged commitment. `altered`: nonce, ciphertext or tag changed. */
export function openCommitted(binding: Binding, sealed: Uint8Array): Uint8Array | OpenFailure {
  if (sealed.length < SEAL_OVERHEAD) return 'too-short';
  if (!equalBytes(commitmentOf(binding), sealed.subarray(0, COMMITMENT_BYTES))) return 'wrong-key';
  const nonce = sealed.subarray(COMMITMENT_BYTES, COMMITMENT_BYTES + NONCE_BYTES);
  const ciphertext = sealed.subarray(COMMITMENT_BYTES + NONCE_BYTES);
  try {
    return libsodium().crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      ciphertext,
      binding.associated,
      nonce,
      binding.key,
    );
  } catch {
    return 'altered';
  }
}

/** As {@link openCommitted}, for structures where a failure needs no finer word than `cannot-open`. */
export function mustOpenCommitted(binding: Binding, sealed: Uint8Array, what: string, check: string): Uint8Array {
  const opened = openCommitted(binding, sealed);
  if (typeof opened !== 'string') return opened;
  if (opened === 'too-short') throw new LiaisonError('malformed', `The ${what} is too short to be one.`, { check });
  throw new LiaisonError('cannot-open', `The ${what} cannot be opened: ${REASONS[opened]}.`, { check });
}

const REASONS = { 'wrong-key': 'it was sealed with another key or for another place', altered: 'it was altered' };

function commitmentOf({ purpose, key, associated }: Binding): Uint8Array {
  requireLength('key', key, KEY_BYTES);
  // The key has a fixed length, so where the associated bytes begin is never in doubt.
  return sha256(contextPrefix(purpose), key, associated);
}
