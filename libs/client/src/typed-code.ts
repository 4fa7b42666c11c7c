import { base32crockford } from '@scure/base';
import { sha256 } from '#liaison/crypto';
import { concatBytes, equalBytes } from '#liaison/protocol';

/** Bytes that people type: base32 by Crockford in groups of five, with a checksum against mistyping. */

const CHECKSUM_BYTES = 4;

export function typedCode(bytes: Uint8Array): string {
  const text = base32crockford.encode(concatBytes(bytes, checksumOf(bytes)));
  return (text.match(/.{1,5}/g) ?? []).join(' ');
}

/**
 * White space, hyphens, case and look-alikes do not matter.
 * @returns undefined where it is mistyped or of another length.
 */
export function readTypedCode(text: string, length: number): Uint8Array | undefined {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const bytes = decoded(plain);
  if (bytes?.length !== length + CHECKSUM_BYTES) return undefined;
  const body = bytes.slice(0, length);
  return equalBytes(bytes.subarray(length), checksumOf(body)) ? body : undefined;
}

function decoded(plain: string): Uint8Array | undefined {
  try {
    return base32crockford.decode(plain);
  } catch {
    return undefined;
  }
}

function checksumOf(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECKSUM_BYTES);
}
