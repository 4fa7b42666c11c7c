import { LiaisonError, LIMITS } from '#liaison/protocol';

/** The public part of a PrivateMessage (RFC 9420 section 6.3). The byte fields are views of the input. */
export interface ParsedPrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  readonly contentType: 'application' | 'proposal' | 'commit';
  readonly authenticatedData: Uint8Array;
}

const CONTENT_TYPES = [undefined, 'application', 'proposal', 'commit'] as const;

/**
 * A decoder by hand, for the hub reads one for each message that it relays: no copies, one object.
 * @throws LiaisonError `too-large` (FRM-01), `malformed` (FRM-02).
 */
export function parsePrivateMessage(bytes: Uint8Array): ParsedPrivateMessage {
  if (bytes.length > LIMITS.mlsMessageBytes) {
    throw new LiaisonError('too-large', `This MLS message exceeds ${LIMITS.mlsMessageBytes} bytes.`, {
      check: 'FRM-01',
    });
  }
  // ProtocolVersion mls10, WireFormat mls_private_message.
  if (bytes[0] !== 0 || bytes[1] !== 1 || bytes[2] !== 0 || bytes[3] !== 2) throw malformed();
  const groupId = vector(bytes, 4);
  const fixed = groupId.byteOffset - bytes.byteOffset + groupId.length;
  const contentType = CONTENT_TYPES[bytes[fixed + 8] ?? 0];
  if (contentType === undefined) throw malformed();
  const authenticatedData = vector(bytes, fixed + 9);
  const senderData = vector(bytes, end(bytes, authenticatedData));
  const ciphertext = vector(bytes, end(bytes, senderData));
  if (end(bytes, ciphertext) !== bytes.length) throw malformed();
  return { groupId, epoch: uint64(bytes, fixed), contentType, authenticatedData };
}

/** An `opaque<V>` at `offset`: a length of one or two bytes (the limit needs no more) in its shortest form, then the bytes. */
function vector(bytes: Uint8Array, offset: number): Uint8Array {
  const first = bytes[offset] ?? 0xff;
  if (first < 0x40) return slice(bytes, offset + 1, first);
  const length = ((first & 0x3f) << 8) | (bytes[offset + 1] ?? 0);
  if (first >= 0x80 || length < 0x40) throw malformed();
  return slice(bytes, offset + 2, length);
}

function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw malformed();
  return bytes.subarray(start, start + length);
}

function end(bytes: Uint8Array, part: Uint8Array): number {
  return part.byteOffset - bytes.byteOffset + part.length;
}

function uint64(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let index = offset; index < offset + 8; index += 1) value = value * 256 + (bytes[index] ?? 0);
  if (value > Number.MAX_SAFE_INTEGER) throw malformed();
  return value;
}

function malformed(): LiaisonError {
  return new LiaisonError('malformed', 'This is not an MLS PrivateMessage.', { check: 'FRM-02' });
}
