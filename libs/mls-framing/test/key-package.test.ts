import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sodium from 'libsodium-wrappers-sumo';
import { defaultCapabilities, encodeMlsMessage, generateKeyPackageWithKey, type KeyPackage } from 'ts-mls';
import { signKeyPackage } from 'ts-mls/keyPackage.js';
import { LiaisonError } from '#liaison/protocol';
import { createKeyPackage } from '../../mls-session/src/key-package.js';
import type { CipherSuite } from '../../mls-session/src/cipher-suite.js';
import { certificateFor, LIFETIME, NOW } from '../../mls-session/test/community.js';
import { vectorSuite } from '../../mls-session/test/rfc9420-vectors.js';
import { LEAF_CAPABILITIES, parseKeyPackage, validateKeyPackage } from '../src/index.js';

const seed = new Uint8Array(32).fill(1);
let suite: CipherSuite;
let certificate: Uint8Array;

beforeAll(async () => {
  suite = await vectorSuite();
  certificate = certificateFor('bg:petrova:desk-1', seed);
});

const ours = async (lastResort = false) =>
  createKeyPackage(suite, { certificate, signingSeed: seed, lifetime: LIFETIME, lastResort });

describe('a KeyPackage of ours', () => {
  it('is valid and says whose it is', async () => {
    const { keyPackage, reference } = await ours();
    const valid = await validateKeyPackage(keyPackage, { at: NOW });
    expect(valid).toEqual({
      certificate,
      signatureKey: sodium.crypto_sign_seed_keypair(seed).publicKey,
      encryptionKey: expect.any(Uint8Array),
      lifetime: LIFETIME,
      lastResort: false,
      reference,
    });
    expect(parseKeyPackage(keyPackage).certificate).toEqual(certificate);
  });

  it('may be one of last resort', async () => {
    const { keyPackage } = await ours(true);
    expect((await validateKeyPackage(keyPackage, { at: NOW })).lastResort).toBe(true);
  });

  it.each([LIFETIME.notBefore - 1, LIFETIME.notAfter + 1])('does not hold out of its lifetime, at %d', async (at) => {
    const { keyPackage } = await ours();
    await refuses(keyPackage, 'FRM-13', 'not-allowed', at);
  });

  it('has one encoding only', async () => {
    const { keyPackage } = await ours();
    const longer = new Uint8Array(keyPackage.length + 1);
    longer.set(keyPackage);
    await refuses(longer, 'FRM-02');
    await refuses(keyPackage.slice(0, -1), 'FRM-02');
    await refuses(new Uint8Array(9000), 'FRM-01', 'too-large');
  });

  it('never passes with a byte changed', async () => {
    const { keyPackage } = await ours();
    await fc.assert(
      fc.asyncProperty(fc.nat(keyPackage.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const altered = keyPackage.map((byte, index) => (index === at ? byte ^ flip : byte));
        await expect(validateKeyPackage(altered, { at: NOW })).rejects.toBeInstanceOf(LiaisonError);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('is not found in arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => parseKeyPackage(Uint8Array.of(0, 1, 0, 5, 0, 1, 0, 3, ...bytes))).toThrow(LiaisonError);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('a KeyPackage of somebody else', () => {
  const variants: [check: string, why: string, make: () => Promise<KeyPackage>][] = [
    ['FRM-06', 'a basic credential', async () => generate({ credential: { credentialType: 'basic', identity: seed } })],
    [
      'FRM-06',
      'a certificate chain',
      async () => generate({ credential: { credentialType: 'x509', certificates: [seed, seed] } }),
    ],
    ['FRM-07', 'a leaf key of another length', async () => resign({ leaf: { hpkePublicKey: new Uint8Array(31) } })],
    ['FRM-08', 'other capabilities', async () => generate({ capabilities: defaultCapabilities() })],
    [
      'FRM-08',
      'an unknown extension',
      async () => generate({ extensions: [{ extensionType: 0xf0f0, extensionData: seed }] }),
    ],
    ['FRM-09', 'another suite', async () => resign({ cipherSuite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519' })],
    ['FRM-10', 'the leaf key as init key', async () => resign({ initKeyIsLeafKey: true })],
    [
      'FRM-11',
      'a lifetime without end',
      async () => generate({ lifetime: { notBefore: 0n, notAfter: 9223372036854775807n } }),
    ],
    [
      'FRM-11',
      'a lifetime that ends before it begins',
      async () => generate({ lifetime: { notBefore: 9n, notAfter: 8n } }),
    ],
  ];

  it.each(variants)('is refused by %s for %s', async (check, _why, make) => {
    const message = { version: 'mls10' as const, wireformat: 'mls_key_package' as const, keyPackage: await make() };
    await refuses(encodeMlsMessage(message), check);
  });

  it('is refused by FRM-12 when it or its leaf is not signed', async () => {
    const { publicPackage } = await base({});
    const signature = publicPackage.signature.map((byte) => byte ^ 1);
    const leafNode = { ...publicPackage.leafNode, signature };
    for (const keyPackage of [
      { ...publicPackage, signature },
      await signKeyPackage({ ...publicPackage, leafNode }, seed, suite.signature),
    ]) {
      await refuses(
        encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage }),
        'FRM-12',
        'bad-signature',
      );
    }
  });
});

interface Variant {
  readonly credential?: Parameters<typeof generateKeyPackageWithKey>[0];
  readonly capabilities?: Parameters<typeof generateKeyPackageWithKey>[1];
  readonly lifetime?: Parameters<typeof generateKeyPackageWithKey>[2];
  readonly extensions?: Parameters<typeof generateKeyPackageWithKey>[3];
}

async function base(variant: Variant) {
  const seconds = { notBefore: BigInt(LIFETIME.notBefore / 1000), notAfter: BigInt(LIFETIME.notAfter / 1000) };
  return generateKeyPackageWithKey(
    variant.credential ?? { credentialType: 'x509', certificates: [certificate] },
    variant.capabilities ?? LEAF_CAPABILITIES,
    variant.lifetime ?? seconds,
    variant.extensions ?? [],
    { signKey: seed, publicKey: sodium.crypto_sign_seed_keypair(seed).publicKey },
    suite,
  );
}

async function generate(variant: Variant): Promise<KeyPackage> {
  return (await base(variant)).publicPackage;
}

async function resign(change: {
  leaf?: { hpkePublicKey: Uint8Array };
  cipherSuite?: KeyPackage['cipherSuite'];
  initKeyIsLeafKey?: boolean;
}): Promise<KeyPackage> {
  const whole = await generate({});
  const leafNode = { ...whole.leafNode, ...change.leaf };
  const initKey = change.initKeyIsLeafKey ? leafNode.hpkePublicKey : whole.initKey;
  return signKeyPackage(
    { ...whole, leafNode, initKey, cipherSuite: change.cipherSuite ?? whole.cipherSuite },
    seed,
    suite.signature,
  );
}

async function refuses(bytes: Uint8Array, check: string, code = 'malformed', at = NOW): Promise<void> {
  await expect(validateKeyPackage(bytes, { at })).rejects.toMatchObject({ code, details: { check } });
}
