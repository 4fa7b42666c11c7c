import type { Credential } from 'ts-mls/credential.js';
import type { LeafNode } from 'ts-mls/leafNode.js';
import { LiaisonError, LIMITS } from '#liaison/protocol';
import { CHANNEL_PROFILE_EXTENSION } from './channel-profile-extension.js';
import { CIPHER_SUITE_NAME } from './cipher-suite.js';

/** The `last_resort` KeyPackage extension of draft-ietf-mls-extensions. */
export const LAST_RESORT_EXTENSION = 0x000a;

/** Capabilities (RFC 9420 section 7.2) that every leaf of ours announces, neither more nor less. */
export const LEAF_CAPABILITIES: LeafNode['capabilities'] = {
  versions: ['mls10'],
  ciphersuites: [CIPHER_SUITE_NAME],
  extensions: [LAST_RESORT_EXTENSION, CHANNEL_PROFILE_EXTENSION],
  proposals: [],
  credentials: ['x509'],
};

/** Public face of a leaf. */
export interface Leaf {
  /** DER of the device certificate; its issuer is pinned in the roster and does not travel with it. */
  readonly certificate: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly signatureKey: Uint8Array;
  /** X25519, 32 bytes: fresh with each KeyPackage and each update of the leaf. */
  readonly encryptionKey: Uint8Array;
}

/**
 * Checks what can be told from the leaf alone: X.509 credential of one certificate, Ed25519 and X25519 keys of their
 * lengths, our capabilities, no extension.
 * @throws LiaisonError `malformed` (FRM-06, FRM-07, FRM-08).
 */
export function readLeaf(leaf: LeafNode): Leaf {
  if (leaf.signaturePublicKey.length !== 32 || leaf.hpkePublicKey.length !== 32) {
    throw new LiaisonError('malformed', 'The keys of this leaf do not belong to the cipher suite.', {
      check: 'FRM-07',
    });
  }
  if (leaf.extensions.length > 0 || !hasOurCapabilities(leaf)) {
    throw new LiaisonError(
      'malformed',
      'The capabilities or extensions of this leaf are not those of a Liaison device.',
      { check: 'FRM-08' },
    );
  }
  const { signaturePublicKey: signatureKey, hpkePublicKey: encryptionKey } = leaf;
  return { certificate: certificateOf(leaf.credential), signatureKey, encryptionKey };
}

/** @throws LiaisonError `malformed` (FRM-06). */
export function certificateOf(credential: Credential): Uint8Array {
  const [certificate, ...chain] = credential.credentialType === 'x509' ? credential.certificates : [];
  if (
    certificate === undefined ||
    chain.length > 0 ||
    certificate.length === 0 ||
    certificate.length > LIMITS.certificateBytes
  ) {
    throw new LiaisonError('malformed', 'A member is named by one X.509 certificate.', { check: 'FRM-06' });
  }
  return certificate;
}

function hasOurCapabilities({ capabilities }: LeafNode): boolean {
  return (
    same(capabilities.versions, LEAF_CAPABILITIES.versions) &&
    same(capabilities.ciphersuites, LEAF_CAPABILITIES.ciphersuites) &&
    same(capabilities.extensions, LEAF_CAPABILITIES.extensions) &&
    same(capabilities.proposals, LEAF_CAPABILITIES.proposals) &&
    same(capabilities.credentials, LEAF_CAPABILITIES.credentials)
  );
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
