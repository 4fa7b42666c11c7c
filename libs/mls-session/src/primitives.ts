import sodium from 'libsodium-wrappers-sumo';
import { CryptoError } from 'ts-mls/mlsError.js';

/** The few functions that suite 3 is made of. All are synchronous; `aeadOpen` and `agree` throw the library's CryptoError. */
export interface Primitives {
  readonly sha256: (data: Uint8Array) => Uint8Array;
  /** @param key of 32 bytes; shorter ones are as if padded with zeros. */
  readonly hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array;
  /** X25519 (RFC 7748), refusing keys of low order. */
  readonly agree: (privateKey: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  readonly agreementPublicKey: (privateKey: Uint8Array) => Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439) with the tag at the end. */
  readonly aeadSeal: (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array) => Uint8Array;
  readonly aeadOpen: (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, ciphertext: Uint8Array) => Uint8Array;
  /** Ed25519. @param key the seed of 32 bytes, or 64: seed and public key, which saves deriving the latter. */
  readonly sign: (key: Uint8Array, message: Uint8Array) => Uint8Array;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /** Seed and public key, 64 bytes. */
  readonly expandSigningSeed: (seed: Uint8Array) => Uint8Array;
}

export async function libsodiumPrimitives(): Promise<Primitives> {
  await sodium.ready;
  return {
    sha256: (data) => sodium.crypto_hash_sha256(data),
    hmacSha256,
    agree,
    agreementPublicKey: (privateKey) => sodium.crypto_scalarmult_base(privateKey),
    aeadSeal: (key, nonce, associated, plaintext) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, associated, null, nonce, key),
    aeadOpen,
    sign,
    verify,
    expandSigningSeed: (seed) => sodium.crypto_sign_seed_keypair(seed).privateKey,
  };
}

function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  if (key.length === 32) return sodium.crypto_auth_hmacsha256(data, key);
  const state = sodium.crypto_auth_hmacsha256_init(key);
  sodium.crypto_auth_hmacsha256_update(state, data);
  return sodium.crypto_auth_hmacsha256_final(state);
}

function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_scalarmult(privateKey, publicKey);
  } catch {
    throw new CryptoError('Not a usable X25519 key');
  }
}

function aeadOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, ciphertext, associated, nonce, key);
  } catch {
    throw new CryptoError('Decryption failed');
  }
}

function sign(key: Uint8Array, message: Uint8Array): Uint8Array {
  const whole = key.length === 64 ? key : sodium.crypto_sign_seed_keypair(key).privateKey;
  return sodium.crypto_sign_detached(message, whole);
}

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}
