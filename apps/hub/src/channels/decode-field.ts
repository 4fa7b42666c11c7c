import { LiaisonError } from '#liaison/protocol';

/**
 * Bytes of a binary JSON field: base64url without padding. Node's decoder passes over what is not, so the text is compared.
 * @throws LiaisonError `malformed` (CHN-30).
 */
export function decodeField(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') === text) return bytes;
  throw new LiaisonError('malformed', 'The request holds text that is not base64url without padding.', {
    check: 'CHN-30',
  });
}
