import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { constantTimeEqual } from 'ts-mls/util/constantTimeCompare.js';
import { CIPHER_SUITE_NAME } from '#liaison/mls-framing';
import { LiaisonError, type RandomSource } from '#liaison/protocol';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { BaseModeHpke } from './hpke.js';
import type { Primitives } from './primitives.js';

/** Suite 3 of RFC 9420 for the library, over the primitives given. */
export interface CipherSuite extends CiphersuiteImpl {
  readonly primitives: Primitives;
}

export function cipherSuite(primitives: Primitives, random: RandomSource): CipherSuite {
  const fresh: RandomSource = { bytes: (length) => freshBytes(random, length) };
  return {
    name: CIPHER_SUITE_NAME,
    primitives,
    rng: { randomBytes: (length) => fresh.bytes(length) },
    hash: {
      digest: async (data) => Promise.resolve(primitives.sha256(data)),
      mac: async (key, data) => Promise.resolve(primitives.hmacSha256(key, data)),
      verifyMac: async (key, mac, data) => Promise.resolve(constantTimeEqual(primitives.hmacSha256(key, data), mac)),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => Promise.resolve(hkdfExtract(primitives, salt, ikm)),
      expand: async (prk, info, length) => Promise.resolve(hkdfExpand(primitives, prk, info, length)),
    },
    hpke: new BaseModeHpke(primitives, fresh),
    signature: {
      sign: async (key, message) => Promise.resolve(primitives.sign(key, message)),
      verify: async (key, message, signature) => Promise.resolve(primitives.verify(key, message, signature)),
      keygen: async () => {
        const signKey = primitives.expandSigningSeed(fresh.bytes(32));
        return Promise.resolve({ signKey, publicKey: signKey.slice(32) });
      },
    },
  };
}

function freshBytes(random: RandomSource, length: number): Uint8Array {
  const bytes = random.bytes(length);
  if (bytes.length !== length) throw new LiaisonError('internal', 'The random source gave too few bytes.');
  return bytes;
}
