import { type KeyPackage, makeKeyPackageRef, verifyKeyPackage } from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { equalBytes, LiaisonError, toBase64url } from '#liaison/protocol';
import { CIPHER_SUITE_NAME, publicCrypto } from './cipher-suite.js';
import { LAST_RESORT_EXTENSION, readLeaf, type Leaf } from './leaf-node.js';
import { decodeMessage } from './mls-message.js';

/** Milliseconds since 1970; whole seconds, as MLS carries them. */
export interface Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface ParsedKeyPackage extends Leaf {
  readonly lifetime: Lifetime;
  /** The hub may hand it out more than once, when no other is left. */
  readonly lastResort: boolean;
}

export interface ValidKeyPackage extends ParsedKeyPackage {
  /** KeyPackageRef (RFC 9420 section 5.2), base64url. */
  readonly reference: string;
}

/** The longest lifetime that is accepted: no KeyPackage outlives a year. */
const LONGEST_LIFETIME = 366 * 24 * 3600 * 1000;

/** Reads without checking signatures. @throws LiaisonError `too-large`, `malformed` (FRM-01, 02, 06 to 11). */
export function parseKeyPackage(bytes: Uint8Array): ParsedKeyPackage {
  return readKeyPackage(decodeMessage(bytes, 'mls_key_package').keyPackage);
}

/**
 * All that RFC 9420 section 10.1 asks of a KeyPackage but the trust in its certificate, which is the caller's to check.
 * @param options.at milliseconds since 1970: the moment at which the lifetime must hold.
 * @throws LiaisonError `malformed`, `bad-signature` (FRM-12), `not-allowed` (FRM-13) out of its lifetime.
 */
export async function validateKeyPackage(
  bytes: Uint8Array,
  options: { readonly at: number },
): Promise<ValidKeyPackage> {
  const { keyPackage } = decodeMessage(bytes, 'mls_key_package');
  const parsed = readKeyPackage(keyPackage);
  const { hash, signature } = await publicCrypto();
  const signed =
    (await verifyLeafNodeSignatureKeyPackage(keyPackage.leafNode, signature)) &&
    (await verifyKeyPackage(keyPackage, signature));
  if (!signed)
    throw new LiaisonError('bad-signature', 'The signatures of this KeyPackage do not verify.', { check: 'FRM-12' });
  if (options.at < parsed.lifetime.notBefore || options.at > parsed.lifetime.notAfter) {
    throw new LiaisonError('not-allowed', 'This KeyPackage is out of its lifetime. Publish fresh ones.', {
      check: 'FRM-13',
    });
  }
  return { ...parsed, reference: toBase64url(await makeKeyPackageRef(keyPackage, hash)) };
}

/** @throws LiaisonError `malformed` (FRM-06 to 11). */
export function readKeyPackage(keyPackage: KeyPackage): ParsedKeyPackage {
  if (keyPackage.cipherSuite !== CIPHER_SUITE_NAME) {
    throw new LiaisonError('malformed', 'This KeyPackage is for another cipher suite.', { check: 'FRM-09' });
  }
  const { initKey, leafNode } = keyPackage;
  if (initKey.length !== 32 || equalBytes(initKey, leafNode.hpkePublicKey)) {
    throw new LiaisonError(
      'malformed',
      'The init key of a KeyPackage is an X25519 key other than its encryption key.',
      { check: 'FRM-10' },
    );
  }
  return { ...readLeaf(leafNode), lifetime: lifetimeOf(keyPackage), lastResort: isLastResort(keyPackage) };
}

function lifetimeOf({ leafNode }: KeyPackage): Lifetime {
  const lifetime = {
    notBefore: Number(leafNode.lifetime.notBefore) * 1000,
    notAfter: Number(leafNode.lifetime.notAfter) * 1000,
  };
  const length = lifetime.notAfter - lifetime.notBefore;
  if (!(length > 0 && length <= LONGEST_LIFETIME)) {
    throw new LiaisonError('malformed', 'The lifetime of a KeyPackage is positive and at most a year.', {
      check: 'FRM-11',
    });
  }
  return lifetime;
}

function isLastResort({ extensions }: KeyPackage): boolean {
  const [extension, ...others] = extensions;
  if (extension === undefined) return false;
  if (others.length > 0 || extension.extensionType !== LAST_RESORT_EXTENSION || extension.extensionData.length > 0) {
    throw new LiaisonError('malformed', 'A KeyPackage carries no extension but last_resort.', { check: 'FRM-08' });
  }
  return true;
}
