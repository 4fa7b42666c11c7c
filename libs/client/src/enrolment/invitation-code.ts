import { concatBytes, InvitationId, LiaisonError, toHex } from '#liaison/protocol';
import { readTypedCode, typedCode } from '../typed-code.js';

/** What the officer is given, by hand or by telephone: which invitation, and the token that opens it once. */
export interface InvitationCode {
  readonly id: InvitationId;
  /** 16 bytes. */
  readonly token: Uint8Array;
}

const ID_BYTES = 16;
export const TOKEN_BYTES = 16;

/** @returns 58 characters in groups of five. */
export function invitationCodeText({ id, token }: InvitationCode): string {
  const hex = id.replaceAll('-', '');
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (octet) => parseInt(octet, 16));
  return typedCode(concatBytes(bytes, token));
}

/** @throws LiaisonError `malformed` (ENR-14): mistyped, or not such a code. */
export function readInvitationCode(text: string): InvitationCode {
  const bytes = readTypedCode(text, ID_BYTES + TOKEN_BYTES);
  const hex = toHex(bytes?.subarray(0, ID_BYTES) ?? new Uint8Array());
  const id = InvitationId.safeParse(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  if (bytes !== undefined && id.success) return { id: id.data, token: bytes.slice(ID_BYTES) };
  throw new LiaisonError(
    'malformed',
    'This is not the code of an invitation, or it is mistyped: compare every group.',
    {
      check: 'ENR-14',
    },
  );
}
