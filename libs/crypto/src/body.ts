import { LiaisonError, type RandomSource } from '#liaison/protocol';
import { KEY_BYTES, openCommitted, SEAL_OVERHEAD, sealCommitted } from './committed-aead.js';
import { pad, paddedLength, unpad } from './padding.js';
import { freshBytes } from './sodium.js';

const PURPOSE = 'body key';

export interface SealedBody {
  /** 32 bytes, fresh for this body. Whoever gets it can read this body and nothing else. */
  readonly contentKey: Uint8Array;
  /** `key commitment(32) || nonce(24) || XChaCha20-Poly1305(padded plaintext)`; {@link sealedBodySize} bytes. */
  readonly body: Uint8Array;
}

/** Size of the sealed body of a plaintext: the header names it before the body exists. */
export function sealedBodySize(plaintextLength: number): number {
  return paddedLength(plaintextLength) + SEAL_OVERHEAD;
}

/**
 * Seals a record's body under a fresh content key.
 * @param header canonical bytes of the record's header: the associated data, so a body cannot move to another header.
 */
export function sealBody(input: { plaintext: Uint8Array; header: Uint8Array; random: RandomSource }): SealedBody {
  const contentKey = freshBytes(input.random, KEY_BYTES);
  const binding = { purpose: PURPOSE, key: contentKey, associated: input.header };
  return { contentKey, body: sealCommitted(binding, pad(input.plaintext), input.random) };
}

/**
 * @returns the plaintext, without padding.
 * @throws LiaisonError `malformed`: CRY-02 too short, CRY-01 padding (the sender's fault: it was authenticated);
 * `cannot-open`: CRY-03 the key is not this body's or the header is another, CRY-04 the ciphertext was altered.
 */
export function openBody(input: { contentKey: Uint8Array; body: Uint8Array; header: Uint8Array }): Uint8Array {
  const opened = openCommitted({ purpose: PURPOSE, key: input.contentKey, associated: input.header }, input.body);
  if (typeof opened !== 'string') return unpad(opened);
  switch (opened) {
    case 'too-short':
      throw new LiaisonError('malformed', 'The body is too short to be a sealed body.', { check: 'CRY-02' });
    case 'wrong-key':
      throw new LiaisonError('cannot-open', 'The content key does not belong to this body and header.', {
        check: 'CRY-03',
      });
    case 'altered':
      throw new LiaisonError('cannot-open', 'The body was altered after it was sealed.', { check: 'CRY-04' });
  }
}
