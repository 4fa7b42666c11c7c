import type { Hpke, PrivateKey, PublicKey } from 'ts-mls/crypto/hpke.js';
import { CryptoError } from 'ts-mls/mlsError.js';
import { concatBytes, type RandomSource, utf8 } from '#liaison/protocol';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import type { Primitives } from './primitives.js';

const EMPTY = new Uint8Array();
const VERSION = utf8('HPKE-v1');
/** RFC 9180 section 4.1: "KEM", DHKEM(X25519, HKDF-SHA256). */
const KEM_SUITE = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20));
/** RFC 9180 section 5.1: "HPKE", the KEM, HKDF-SHA256, ChaCha20Poly1305. */
const HPKE_SUITE = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));
const MODE_BASE = Uint8Array.of(0);
const HASH_BYTES = 32;
const AEAD_KEY_BYTES = 32;
const AEAD_NONCE_BYTES = 12;

interface Context {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

/** The library passes keys as CryptoKey and never looks inside; ours carry the raw X25519 bytes. */
class X25519Key<Type extends 'public' | 'private'> implements CryptoKey {
  readonly algorithm = { name: 'X25519' };
  readonly extractable = true;
  readonly usages: KeyUsage[] = [];

  constructor(
    readonly type: Type,
    readonly bytes: Uint8Array,
  ) {}
}

function bytesOf(key: PublicKey | PrivateKey): Uint8Array {
  if (!(key instanceof X25519Key) || key.bytes.length !== 32) throw new CryptoError('Not an X25519 key of 32 bytes');
  return key.bytes;
}

/** HPKE in base mode (RFC 9180), single-shot, composed from the primitives of suite 3. */
export class BaseModeHpke implements Hpke {
  readonly keyLength = AEAD_KEY_BYTES;
  readonly nonceLength = AEAD_NONCE_BYTES;

  constructor(
    private readonly primitives: Primitives,
    private readonly random: RandomSource,
  ) {}

  async seal(
    publicKey: PublicKey,
    plaintext: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array = EMPTY,
  ): Promise<{ ct: Uint8Array; enc: Uint8Array }> {
    const { enc, context } = this.#encapsulate(bytesOf(publicKey), info);
    return Promise.resolve({ enc, ct: this.primitives.aeadSeal(context.key, context.nonce, aad, plaintext) });
  }

  async open(
    privateKey: PrivateKey,
    kemOutput: Uint8Array,
    ciphertext: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array = EMPTY,
  ): Promise<Uint8Array> {
    const context = this.#decapsulate(bytesOf(privateKey), kemOutput, info);
    return Promise.resolve(this.primitives.aeadOpen(context.key, context.nonce, aad, ciphertext));
  }

  async exportSecret(
    publicKey: PublicKey,
    exporterContext: Uint8Array,
    length: number,
    info: Uint8Array,
  ): Promise<{ enc: Uint8Array; secret: Uint8Array }> {
    const { enc, context } = this.#encapsulate(bytesOf(publicKey), info);
    return Promise.resolve({ enc, secret: this.#export(context, exporterContext, length) });
  }

  async importSecret(
    privateKey: PrivateKey,
    exporterContext: Uint8Array,
    kemOutput: Uint8Array,
    length: number,
    info: Uint8Array,
  ): Promise<Uint8Array> {
    const context = this.#decapsulate(bytesOf(privateKey), kemOutput, info);
    return Promise.resolve(this.#export(context, exporterContext, length));
  }

  /** DeriveKeyPair of RFC 9180 section 7.1.3. */
  async deriveKeyPair(ikm: Uint8Array): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
    const prk = this.#labeledExtract(KEM_SUITE, EMPTY, 'dkp_prk', ikm);
    return this.#keyPair(this.#labeledExpand(KEM_SUITE, prk, 'sk', EMPTY, 32));
  }

  async generateKeyPair(): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
    return this.#keyPair(this.random.bytes(32));
  }

  async importPrivateKey(k: Uint8Array): Promise<PrivateKey> {
    return Promise.resolve(new X25519Key('private', k));
  }

  async importPublicKey(k: Uint8Array): Promise<PublicKey> {
    return Promise.resolve(new X25519Key('public', k));
  }

  async exportPublicKey(k: PublicKey): Promise<Uint8Array> {
    return Promise.resolve(bytesOf(k));
  }

  async exportPrivateKey(k: PrivateKey): Promise<Uint8Array> {
    return Promise.resolve(bytesOf(k));
  }

  async encryptAead(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array | undefined,
    plaintext: Uint8Array,
  ): Promise<Uint8Array> {
    return Promise.resolve(this.primitives.aeadSeal(key, nonce, aad ?? EMPTY, plaintext));
  }

  async decryptAead(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array | undefined,
    ciphertext: Uint8Array,
  ): Promise<Uint8Array> {
    return Promise.resolve(this.primitives.aeadOpen(key, nonce, aad ?? EMPTY, ciphertext));
  }

  async #keyPair(privateKey: Uint8Array): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
    const publicKey = this.primitives.agreementPublicKey(privateKey);
    return Promise.resolve({
      privateKey: new X25519Key('private', privateKey),
      publicKey: new X25519Key('public', publicKey),
    });
  }

  #encapsulate(recipient: Uint8Array, info: Uint8Array): { enc: Uint8Array; context: Context } {
    const ephemeral = this.random.bytes(32);
    const enc = this.primitives.agreementPublicKey(ephemeral);
    return { enc, context: this.#context(this.primitives.agree(ephemeral, recipient), enc, recipient, info) };
  }

  #decapsulate(privateKey: Uint8Array, enc: Uint8Array, info: Uint8Array): Context {
    if (enc.length !== 32) throw new CryptoError('A KEM output has 32 bytes');
    const recipient = this.primitives.agreementPublicKey(privateKey);
    return this.#context(this.primitives.agree(privateKey, enc), enc, recipient, info);
  }

  /** ExtractAndExpand (RFC 9180 section 4.1), then KeySchedule without PSK (section 5.1). */
  #context(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: Uint8Array): Context {
    const eaePrk = this.#labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
    const shared = this.#labeledExpand(KEM_SUITE, eaePrk, 'shared_secret', concatBytes(enc, recipient), HASH_BYTES);
    const pskIdHash = this.#labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY);
    const infoHash = this.#labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info);
    const schedule = concatBytes(MODE_BASE, pskIdHash, infoHash);
    const secret = this.#labeledExtract(HPKE_SUITE, shared, 'secret', EMPTY);
    return {
      key: this.#labeledExpand(HPKE_SUITE, secret, 'key', schedule, AEAD_KEY_BYTES),
      nonce: this.#labeledExpand(HPKE_SUITE, secret, 'base_nonce', schedule, AEAD_NONCE_BYTES),
      exporterSecret: this.#labeledExpand(HPKE_SUITE, secret, 'exp', schedule, HASH_BYTES),
    };
  }

  #export(context: Context, exporterContext: Uint8Array, length: number): Uint8Array {
    return this.#labeledExpand(HPKE_SUITE, context.exporterSecret, 'sec', exporterContext, length);
  }

  #labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
    return hkdfExtract(this.primitives, salt, concatBytes(VERSION, suite, utf8(label), ikm));
  }

  #labeledExpand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
    const labeledInfo = concatBytes(Uint8Array.of(length >> 8, length & 0xff), VERSION, suite, utf8(label), info);
    return hkdfExpand(this.primitives, prk, labeledInfo, length);
  }
}
