import { concatBytes, LiaisonError, type RandomSource, utf8 } from '#liaison/protocol';
import { freshBytes, libsodium, requireLength } from './sodium.js';

/**
 * HPKE (RFC 9180), base mode, one message a key: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
 */
export interface HpkeCiphertext {
  /** `enc`: the ephemeral public key, 32 bytes. */
  readonly encapsulatedKey: Uint8Array;
  /** Ciphertext and tag: plaintext length and 16. */
  readonly ciphertext: Uint8Array;
}

/** An X25519 key pair, 32 bytes each. */
export interface AgreementKey {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = utf8('HPKE-v1');
const KEM_SUITE = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20));
const HPKE_SUITE = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));
const EMPTY = new Uint8Array();
const MODE_BASE = Uint8Array.of(0);

/** DeriveKeyPair of RFC 9180 section 7.1.3 for X25519. @param ikm at least 32 bytes of entropy. */
export function deriveAgreementKey(ikm: Uint8Array): AgreementKey {
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'dkp_prk', ikm);
  const privateKey = labeledExpand(KEM_SUITE, prk, 'sk', EMPTY, KEY_BYTES);
  return { privateKey, publicKey: libsodium().crypto_scalarmult_base(privateKey) };
}

/** SealBase of RFC 9180 section 6.1. @throws LiaisonError `malformed` (CRY-07) for a public key of low order. */
export function hpkeSeal(input: {
  publicKey: Uint8Array;
  info: Uint8Array;
  associated: Uint8Array;
  plaintext: Uint8Array;
  random: RandomSource;
}): HpkeCiphertext {
  requireLength('public key', input.publicKey, KEY_BYTES);
  const ephemeral = deriveAgreementKey(freshBytes(input.random, KEY_BYTES));
  const secret = sharedSecret(ephemeral.privateKey, input.publicKey, ephemeral.publicKey, input.publicKey);
  const { key, nonce } = keySchedule(secret, input.info);
  const sodium = libsodium();
  const ciphertext = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
    input.plaintext,
    input.associated,
    null,
    nonce,
    key,
  );
  return { encapsulatedKey: ephemeral.publicKey, ciphertext };
}

/**
 * OpenBase of RFC 9180 section 6.1.
 * @throws LiaisonError CRY-07: `malformed` for impossible lengths and keys of low order; `cannot-open` for another
 * key, info or associated bytes, and for altered bytes.
 */
export function hpkeOpen(input: {
  key: AgreementKey;
  info: Uint8Array;
  associated: Uint8Array;
  sealed: HpkeCiphertext;
}): Uint8Array {
  const { encapsulatedKey, ciphertext } = input.sealed;
  if (encapsulatedKey.length !== KEY_BYTES || ciphertext.length < TAG_BYTES) {
    throw new LiaisonError('malformed', 'The sealed bytes are too short.', { check: 'CRY-07' });
  }
  requireLength('private key', input.key.privateKey, KEY_BYTES);
  const publicKey = libsodium().crypto_scalarmult_base(input.key.privateKey);
  const secret = sharedSecret(input.key.privateKey, encapsulatedKey, encapsulatedKey, publicKey);
  const { key, nonce } = keySchedule(secret, input.info);
  try {
    return libsodium().crypto_aead_chacha20poly1305_ietf_decrypt(null, ciphertext, input.associated, nonce, key);
  } catch {
    throw new LiaisonError('cannot-open', 'The sealed bytes were altered, or are for another key or purpose.', {
      check: 'CRY-07',
    });
  }
}

/** ExtractAndExpand(DH, enc || pkR) of RFC 9180 section 4.1. */
function sharedSecret(
  privateKey: Uint8Array,
  otherPublicKey: Uint8Array,
  encapsulated: Uint8Array,
  recipient: Uint8Array,
): Uint8Array {
  let dh: Uint8Array;
  try {
    // libsodium refuses an all-zero result, as RFC 9180 section 7.1.4 asks.
    dh = libsodium().crypto_scalarmult(privateKey, otherPublicKey);
  } catch {
    throw new LiaisonError('malformed', 'The public key is not a usable X25519 key.', { check: 'CRY-07' });
  }
  const prk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', concatBytes(encapsulated, recipient), KEY_BYTES);
}

/** RFC 9180 section 5.1 without PSK. The sequence number is always 0, so the nonce is the base nonce. */
function keySchedule(secret: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const pskIdHash = labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info);
  const context = concatBytes(MODE_BASE, pskIdHash, infoHash);
  const prk = labeledExtract(HPKE_SUITE, secret, 'secret', EMPTY);
  return {
    key: labeledExpand(HPKE_SUITE, prk, 'key', context, KEY_BYTES),
    nonce: labeledExpand(HPKE_SUITE, prk, 'base_nonce', context, NONCE_BYTES),
  };
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  // RFC 5869 section 2.2: an absent salt is a string of zeros as long as the hash.
  const key = salt.length === 0 ? new Uint8Array(32) : salt;
  return libsodium().crypto_auth_hmacsha256(concatBytes(VERSION, suite, utf8(label), ikm), key);
}

/** RFC 5869 section 2.3; every length we ask for fits in one block of 32 bytes. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeledInfo = concatBytes(Uint8Array.of(0, length), VERSION, suite, utf8(label), info);
  const block = libsodium().crypto_auth_hmacsha256(concatBytes(labeledInfo, Uint8Array.of(1)), prk);
  return block.slice(0, length);
}
