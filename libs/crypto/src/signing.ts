import { concatBytes, LiaisonError, type RandomSource, toHex } from '#liaison/protocol';
import { contextPrefix } from './context.js';
import { RememberedVerdicts } from './remembered-verdicts.js';
import { sha256 } from './sha256.js';
import { freshBytes, libsodium, requireLength } from './sodium.js';

/** An Ed25519 key pair (RFC 8032). */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte seed: RFC 8032's private key. */
  readonly privateKey: Uint8Array;
}

/** A key that never leaves where it lies, such as a hardware token: it signs there. */
export interface HeldKey {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes: Ed25519 over the bytes as they are. */
  readonly sign: (signedBytes: Uint8Array) => Uint8Array;
}

/** What can sign: a key in memory, as a sealed file gives it, or one that is held elsewhere. */
export type Signer = SigningKey | HeldKey;

export const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

export function generateSigningKey(random: RandomSource): SigningKey {
  return signingKeyFromSeed(freshBytes(random, KEY_BYTES));
}

/** @param seed 32 bytes, kept as they are: do not overwrite them while the key is in use. */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  requireLength('private signing key', seed, KEY_BYTES);
  const { publicKey } = libsodium().crypto_sign_seed_keypair(seed);
  return { publicKey, privateKey: seed };
}

/** @returns 64 bytes: Ed25519 over {@link contextPrefix}(context) and the message. */
export function sign(context: string, message: Uint8Array, key: Signer): Uint8Array {
  return signWhole(concatBytes(contextPrefix(context), message), key);
}

/**
 * Whether `signature` is Ed25519 by `publicKey` over the context and the message.
 * False, never an error, for whatever another party may send: wrong lengths, small-order or non-canonical keys,
 * a signature scalar that is not reduced (RFC 8032 section 5.1.7).
 */
export function verify(context: string, message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verifyWhole(concatBytes(contextPrefix(context), message), signature, publicKey);
}

/** {@link sign} where the caller has already put the context in front. */
export function signWhole(signedBytes: Uint8Array, key: Signer): Uint8Array {
  if ('sign' in key) return key.sign(signedBytes);
  return libsodium().crypto_sign_detached(signedBytes, expanded(key));
}

/** {@link verify} where the caller has already put the context in front. */
export function verifyWhole(signedBytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== KEY_BYTES) return false;
  return libsodium().crypto_sign_verify_detached(signature, signedBytes, publicKey);
}

/** The keys of a community come again and again, in every certificate that is read. */
const usableKeys = new RememberedVerdicts();

/**
 * Whether these 32 bytes are a public key that one may accept into a certificate or a roster: the canonical encoding of
 * a point of the prime-order group. Stricter than {@link verify}, and slower: for keys, not for messages.
 */
export function isSigningPublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return false;
  return usableKeys.holds(toHex(publicKey), () => libsodium().crypto_core_ed25519_is_valid_point(publicKey));
}

/** How rosters name a key: the first 16 hex digits of SHA-256 over the raw public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  requireLength('public key', publicKey, KEY_BYTES);
  return toHex(sha256(publicKey).subarray(0, 8));
}

const expandedKeys = new WeakMap<SigningKey, Uint8Array>();

/**
 * libsodium signs with seed and public key. The public key is always derived from the seed here: signing with
 * another one beside it would disclose the private key to who sees both signatures.
 */
function expanded(key: SigningKey): Uint8Array {
  const known = expandedKeys.get(key);
  if (known !== undefined) return known;
  requireLength('private signing key', key.privateKey, KEY_BYTES);
  const { privateKey, publicKey } = libsodium().crypto_sign_seed_keypair(key.privateKey);
  if (toHex(publicKey) !== toHex(key.publicKey)) {
    throw new LiaisonError('usage', 'The two halves of this signing key do not belong together.');
  }
  expandedKeys.set(key, privateKey);
  return privateKey;
}
