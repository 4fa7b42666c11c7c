import { LiaisonError, toBase64url } from '#liaison/protocol';
import { CIPHER_SUITE_NAME } from './cipher-suite.js';
import { decodeMessage } from './mls-message.js';

export interface ParsedWelcome {
  /** KeyPackageRef of each new member, base64url, no two alike. */
  readonly keyPackageReferences: readonly string[];
}

/** @throws LiaisonError `too-large`, `malformed` (FRM-01, 02, 09, 14). */
export function parseWelcome(bytes: Uint8Array): ParsedWelcome {
  const { welcome } = decodeMessage(bytes, 'mls_welcome');
  if (welcome.cipherSuite !== CIPHER_SUITE_NAME) {
    throw new LiaisonError('malformed', 'This Welcome is for another cipher suite.', { check: 'FRM-09' });
  }
  const keyPackageReferences = welcome.secrets.map((secret) => toBase64url(secret.newMember));
  if (keyPackageReferences.length === 0 || new Set(keyPackageReferences).size !== keyPackageReferences.length) {
    throw new LiaisonError('malformed', 'A Welcome names each new member once.', { check: 'FRM-14' });
  }
  return { keyPackageReferences };
}
