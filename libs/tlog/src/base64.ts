import { fromBase64url, LiaisonError, toBase64url } from '#liaison/protocol';

/** Standard base64 with padding (RFC 4648 section 4), which signed notes use. */
export function toBase64(bytes: Uint8Array): string {
  const text = toBase64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/**
 * Strict inverse of {@link toBase64}: one byte string has one text form.
 * @throws LiaisonError `malformed`, with the caller's check.
 */
export function fromBase64(text: string, check: string): Uint8Array {
  const [, digits] = /^([A-Za-z0-9+/]*)={0,2}$/.exec(text) ?? [];
  if (digits !== undefined && text.length % 4 === 0) {
    const bytes = decoded(digits.replaceAll('+', '-').replaceAll('/', '_'));
    if (bytes !== undefined && toBase64(bytes) === text) return bytes;
  }
  throw new LiaisonError('malformed', 'This is not base64 with padding (RFC 4648 section 4).', { check });
}

function decoded(digits: string): Uint8Array | undefined {
  try {
    return fromBase64url(digits);
  } catch {
    return undefined;
  }
}

/** Decimal digits without leading zeroes, as every C2SP format writes a number. `undefined` for anything else and beyond 2^53. */
export function parseDecimal(text: string): number | undefined {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
