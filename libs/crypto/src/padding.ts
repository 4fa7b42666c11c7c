import { LiaisonError } from '#liaison/protocol';

/**
 * Padmé length (Nikitin et al., PETS 2019, section 4): the next length whose low bits are zero, so that lengths near
 * `length` look alike. Costs at most 12 %, and shows O(log log length) bits of the true length.
 */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const granule = 2 ** (exponent - kept);
  return Math.ceil(length / granule) * granule;
}

/** Padmé alone shows the exact length of very short texts ("yes", "no"): nothing is padded to fewer bytes than this. */
const SMALLEST = 256;

/** Bytes that {@link pad} makes of `length` bytes. */
export function paddedLength(length: number): number {
  return Math.max(SMALLEST, padmeLength(length + 1));
}

/** ISO/IEC 7816-4 padding, 0x80 then zeros, up to {@link paddedLength}. */
export function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(paddedLength(bytes.length));
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  return padded;
}

/**
 * Strict inverse of {@link pad}. Call it on authenticated bytes only: its time depends on their content.
 * @throws LiaisonError `malformed` (CRY-01) where {@link pad} cannot have made these bytes.
 */
export function unpad(padded: Uint8Array): Uint8Array {
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (end < 0 || padded[end] !== 0x80 || paddedLength(end) !== padded.length) {
    throw new LiaisonError('malformed', 'The padding is not of the documented form.', { check: 'CRY-01' });
  }
  return padded.slice(0, end);
}
