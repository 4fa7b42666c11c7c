import { concatBytes, LiaisonError, type RandomSource, utf8 } from '#liaison/protocol';
import { KEY_BYTES, mustOpenCommitted, sealCommitted } from './committed-aead.js';
import { contextPrefix } from './context.js';
import { type AgreementKey, deriveAgreementKey, hpkeOpen, hpkeSeal } from './hpke.js';
import { freshBytes } from './sodium.js';

/** A fresh X25519 key pair. */
export function generateAgreementKey(random: RandomSource): AgreementKey {
  return deriveAgreementKey(freshBytes(random, KEY_BYTES));
}

/**
 * Wraps a key under a 32-byte key-encryption key, committed (see committed-aead.ts).
 * @param context what the wrapped key is and where it belongs; unwrapping needs the same.
 */
export function wrapKey(input: {
  key: Uint8Array;
  keyEncryptionKey: Uint8Array;
  context: string;
  random: RandomSource;
}): Uint8Array {
  return sealCommitted(binding(input.keyEncryptionKey, input.context), input.key, input.random);
}

/** @throws LiaisonError CRY-05: `malformed` where too short, else `cannot-open`. */
export function unwrapKey(input: { wrapped: Uint8Array; keyEncryptionKey: Uint8Array; context: string }): Uint8Array {
  return mustOpenCommitted(binding(input.keyEncryptionKey, input.context), input.wrapped, 'wrapped key', 'CRY-05');
}

/**
 * Seals bytes to an X25519 public key: `encapsulated key(32) || ciphertext || tag(16)`, HPKE base mode (RFC 9180;
 * X25519, HKDF-SHA256, ChaCha20-Poly1305) with `liaison sealed v1`, a zero byte and the context as `info`.
 * The sender is anonymous: whoever must know the sender signs the result.
 */
export function sealToPublicKey(input: {
  publicKey: Uint8Array;
  context: string;
  plaintext: Uint8Array;
  random: RandomSource;
}): Uint8Array {
  const { encapsulatedKey, ciphertext } = hpkeSeal({
    publicKey: input.publicKey,
    info: sealedInfo(input.context),
    associated: new Uint8Array(),
    plaintext: input.plaintext,
    random: input.random,
  });
  return concatBytes(encapsulatedKey, ciphertext);
}

/** @throws LiaisonError CRY-07: `malformed` for impossible bytes, `cannot-open` for another key or context or altered bytes. */
export function openSealed(input: { sealed: Uint8Array; key: AgreementKey; context: string }): Uint8Array {
  if (input.sealed.length < KEY_BYTES) {
    throw new LiaisonError('malformed', 'The sealed bytes are too short.', { check: 'CRY-07' });
  }
  return hpkeOpen({
    key: input.key,
    info: sealedInfo(input.context),
    associated: new Uint8Array(),
    sealed: {
      encapsulatedKey: input.sealed.subarray(0, KEY_BYTES),
      ciphertext: input.sealed.subarray(KEY_BYTES),
    },
  });
}

function binding(key: Uint8Array, context: string) {
  return { purpose: 'wrapping key', key, associated: concatBytes(contextPrefix('key wrap'), utf8(context)) };
}

function sealedInfo(context: string): Uint8Array {
  return concatBytes(contextPrefix('sealed'), utf8(context));
}
