import sodium from 'libsodium-wrappers-sumo';
import type { CiphersuiteName } from 'ts-mls/crypto/ciphersuite.js';
import type { Hash } from 'ts-mls/crypto/hash.js';
import type { Signature } from 'ts-mls/crypto/signature.js';
import { LiaisonError } from '#liaison/protocol';

/** RFC 9420 section 17.1: the cipher suite of every channel that is not post-quantum. */
export const CIPHER_SUITE = 3;

export const CIPHER_SUITE_NAME = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519' satisfies CiphersuiteName;

/** Hashing and signature checks of suite 3 over public data. It holds no key and makes none. */
export interface PublicCrypto {
  readonly hash: Hash;
  readonly signature: Signature;
}

let loaded: Promise<PublicCrypto> | undefined;

/** The WASM module is instantiated once a process. */
export function publicCrypto(): Promise<PublicCrypto> {
  loaded ??= sodium.ready.then(() => ({
    hash: { digest, mac: refuse, verifyMac: refuse },
    signature: { verify, sign: refuse, keygen: refuse },
  }));
  return loaded;
}

function digest(data: Uint8Array): Promise<Uint8Array> {
  return Promise.resolve(sodium.crypto_hash_sha256(data));
}

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const wellFormed =
    publicKey.length === sodium.crypto_sign_PUBLICKEYBYTES && signature.length === sodium.crypto_sign_BYTES;
  return Promise.resolve(wellFormed && sodium.crypto_sign_verify_detached(signature, message, publicKey));
}

function refuse(): Promise<never> {
  return Promise.reject(new LiaisonError('internal', 'Public MLS framing uses no secret key.'));
}
