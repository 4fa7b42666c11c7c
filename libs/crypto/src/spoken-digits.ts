import { concatBytes } from '#liaison/protocol';
import { contextPrefix } from './context.js';
import { sha256 } from './sha256.js';

/** Groups of a whole fingerprint: 60 digits, 199 bits. */
export const FINGERPRINT_GROUPS = 12;
const GROUP_DIGITS = 5;

/**
 * A fingerprint to read aloud, in whatever language: SHA-256 over {@link contextPrefix}(context) and the bytes, as a
 * big-endian number modulo ten to the number of digits, in groups of five digits.
 * @param groups 1 to 12; each is worth 16.6 bits.
 * @returns such as `04721 99310`.
 */
export function spokenDigits(context: string, bytes: Uint8Array, groups: number = FINGERPRINT_GROUPS): string {
  let number = 0n;
  for (const byte of sha256(concatBytes(contextPrefix(context), bytes))) number = number * 256n + BigInt(byte);
  const count = groups * GROUP_DIGITS;
  const digits = (number % 10n ** BigInt(count)).toString().padStart(count, '0');
  return (digits.match(/.{5}/g) ?? []).join(' ');
}
