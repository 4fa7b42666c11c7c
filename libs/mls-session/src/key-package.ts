import {
  generateKeyPackageWithKey,
  type KeyPackage,
  makeKeyPackageRef,
  type PrivateKeyPackage,
} from 'ts-mls/keyPackage.js';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import { decodeMessage, LAST_RESORT_EXTENSION, LEAF_CAPABILITIES, type Lifetime } from '#liaison/mls-framing';
import { concatBytes, LiaisonError, toBase64url } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import type { NewKeyPackage, Signer } from './mls.js';

/** A signer whose seed has been expanded once to seed and public key, so that no signature has to do it again. */
export interface ExpandedSigner {
  readonly certificate: Uint8Array;
  /** 64 bytes. */
  readonly signKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** @throws LiaisonError `usage`. */
export function expandSigner(suite: CipherSuite, signer: Signer): ExpandedSigner {
  const signKey = expandSeed(suite, signer.signingSeed);
  return { certificate: signer.certificate, signKey, publicKey: signKey.slice(32) };
}

/** @throws LiaisonError `usage`. */
function expandSeed(suite: CipherSuite, seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new LiaisonError('usage', 'A signing seed has 32 bytes.');
  return suite.primitives.expandSigningSeed(seed);
}

export interface KeyPackagePair {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** @param lifetime in milliseconds since 1970; MLS carries whole seconds. */
export async function generateKeyPackage(
  suite: CipherSuite,
  signer: ExpandedSigner,
  lifetime: Lifetime,
  lastResort = false,
): Promise<KeyPackagePair> {
  return generateKeyPackageWithKey(
    { credentialType: 'x509', certificates: [signer.certificate] },
    LEAF_CAPABILITIES,
    { notBefore: seconds(lifetime.notBefore), notAfter: seconds(lifetime.notAfter) },
    lastResort ? [{ extensionType: LAST_RESORT_EXTENSION, extensionData: new Uint8Array() }] : [],
    signer,
    suite,
  );
}

/** For a leaf that enters by another way than a KeyPackage: it is signed again at once, so its lifetime says nothing. */
export const NO_LIFETIME: Lifetime = { notBefore: 0, notAfter: 1000 };

export async function createKeyPackage(
  suite: CipherSuite,
  input: Signer & { readonly lifetime: Lifetime; readonly lastResort: boolean },
): Promise<NewKeyPackage> {
  const signer = expandSigner(suite, input);
  const { publicPackage, privatePackage } = await generateKeyPackage(suite, signer, input.lifetime, input.lastResort);
  return {
    keyPackage: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage }),
    reference: toBase64url(await makeKeyPackageRef(publicPackage, suite.hash)),
    secrets: concatBytes(privatePackage.initPrivateKey, privatePackage.hpkePrivateKey),
  };
}

/** The inverse of {@link createKeyPackage}. @throws LiaisonError `usage`, `malformed`. */
export function restoreKeyPackage(
  suite: CipherSuite,
  stored: { readonly keyPackage: Uint8Array; readonly secrets: Uint8Array; readonly signingSeed: Uint8Array },
): KeyPackagePair {
  if (stored.secrets.length !== 64) throw new LiaisonError('usage', 'The secrets of a KeyPackage have 64 bytes.');
  return {
    publicPackage: decodeMessage(stored.keyPackage, 'mls_key_package').keyPackage,
    privatePackage: {
      initPrivateKey: stored.secrets.slice(0, 32),
      hpkePrivateKey: stored.secrets.slice(32),
      signaturePrivateKey: expandSeed(suite, stored.signingSeed),
    },
  };
}

/** For KeyPackages that {@link decodeMessage} has already accepted. */
export function keyPackageOf(bytes: Uint8Array): KeyPackage {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== 'mls_key_package') throw new LiaisonError('malformed', 'This is not a KeyPackage.');
  return message.keyPackage;
}

function seconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds / 1000));
}
