import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js';
import { LiaisonError, LIMITS, equalBytes } from '#liaison/protocol';

type Wireformat = MLSMessage['wireformat'];
type MessageOf<W extends Wireformat> = Extract<MLSMessage, { wireformat: W }>;

const BYTES: Record<Wireformat, number> = {
  mls_public_message: LIMITS.commitBytes,
  mls_welcome: LIMITS.welcomeBytes,
  mls_group_info: LIMITS.groupInfoBytes,
  mls_key_package: LIMITS.keyPackageBytes,
  mls_private_message: LIMITS.mlsMessageBytes,
};

/**
 * One MLSMessage (RFC 9420 section 6) of the wire format asked for. The bytes must be the one encoding of the message:
 * nothing after it, lengths in their shortest form, so that equal messages have equal hashes.
 * @throws LiaisonError `too-large` (FRM-01), `malformed` (FRM-02).
 */
export function decodeMessage<W extends Wireformat>(bytes: Uint8Array, wireformat: W): MessageOf<W> {
  if (bytes.length > BYTES[wireformat]) {
    throw new LiaisonError('too-large', `This MLS message exceeds ${BYTES[wireformat]} bytes.`, { check: 'FRM-01' });
  }
  const message = decodeWhole(bytes);
  if (message === undefined || !isOf(message, wireformat)) {
    throw new LiaisonError('malformed', `This is not an MLS message of the kind ${wireformat}.`, { check: 'FRM-02' });
  }
  return message;
}

function isOf<W extends Wireformat>(message: MLSMessage, wireformat: W): message is MessageOf<W> {
  return message.wireformat === wireformat;
}

/** The decoder throws on some faults and answers `undefined` on others; both mean the same here. */
function decodeWhole(bytes: Uint8Array): MLSMessage | undefined {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length) return undefined;
    return equalBytes(encodeMlsMessage(decoded[0]), bytes) ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}
