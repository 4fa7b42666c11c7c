import { nodeRecordHashing } from '#liaison/crypto.node';
import { SIGNATURE_BYTES, type RecordHashes } from '#liaison/crypto';
import { parsePrivateMessage } from '#liaison/mls-framing';
import { equalBytes, LiaisonError, LIMITS, RecordEnvelope, explainIssues, type RecordHeader } from '#liaison/protocol';
import { HeaderMemory } from './header-memory.js';

/** Input of the record pipeline: whatever a socket or a request delivered. */
export type ReceivedBytes = unknown;

/** A record whose form is right and whose parts fit together. Nothing is known yet of who sent it. */
export interface ParsedRecord {
  readonly header: RecordHeader;
  /** As received: what is sent on to the other members. */
  readonly envelope: RecordEnvelope;
  readonly headerBytes: Buffer;
  readonly body: Buffer;
  readonly mls: Buffer;
  readonly signature: Buffer;
  readonly hashes: RecordHashes;
}

const headers = new HeaderMemory();

/**
 * ReceivedBytes → ParsedRecord.
 * @throws LiaisonError `malformed`, `too-large` (REC-01 form, PRO-01, HDR-01, HDR-02, FRM-01, FRM-02), `malformed` (REC-02
 * body size, REC-03 MLS message of another channel, epoch or header).
 */
export function parseRecord(received: ReceivedBytes): ParsedRecord {
  const envelope = parseEnvelope(received);
  const header = headers.read(envelope.header);
  const headerBytes = Buffer.from(envelope.header, 'utf8');
  const body = decodeBase64url(envelope.body, LIMITS.bodyBytes);
  const mls = decodeBase64url(envelope.mls, LIMITS.mlsMessageBytes);
  const signature = decodeBase64url(envelope.signature, SIGNATURE_BYTES);
  if (signature.length !== SIGNATURE_BYTES) throw notBase64url();
  if (body.length !== header.bodySize) {
    throw new LiaisonError('malformed', 'The body is not as long as the header says.', { check: 'REC-02' });
  }
  const hashes = nodeRecordHashing.recordHashes({ header: headerBytes, body, mls });
  requireSameRecord(header, hashes.headerHash, mls);
  return { header, envelope, headerBytes, body, mls, signature, hashes };
}

/**
 * Four strings and nothing else. Their lengths and alphabet are checked where they are decoded, so the schema, which would
 * go through them once more, is asked only for the words of a refusal.
 */
function parseEnvelope(received: ReceivedBytes): RecordEnvelope {
  if (isEnvelope(received)) return received;
  const parsed = RecordEnvelope.safeParse(received);
  const reason = parsed.success ? 'it does not have the documented form' : explainIssues(parsed.error);
  throw new LiaisonError('malformed', `The record is not valid: ${reason}.`, { check: 'REC-01' });
}

function isEnvelope(received: ReceivedBytes): received is RecordEnvelope {
  if (typeof received !== 'object' || received === null || Object.keys(received).length !== 4) return false;
  return (
    'header' in received &&
    typeof received.header === 'string' &&
    'body' in received &&
    typeof received.body === 'string' &&
    'mls' in received &&
    typeof received.mls === 'string' &&
    'signature' in received &&
    typeof received.signature === 'string'
  );
}

/** The one text of these bytes, or nothing: Node's decoder passes over padding, foreign characters and trailing bits. */
function decodeBase64url(text: string, most: number): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === 0 || bytes.length > most || bytes.toString('base64url') !== text) {
    throw notBase64url();
  }
  return bytes;
}

function notBase64url(): LiaisonError {
  const message = 'The parts of a record are base64url without padding, of the documented lengths.';
  return new LiaisonError('malformed', message, { check: 'REC-01' });
}

function requireSameRecord(header: RecordHeader, headerHash: Uint8Array, mls: Buffer): void {
  const message = parsePrivateMessage(mls);
  const fits =
    message.contentType === 'application' &&
    message.epoch === header.epoch &&
    Buffer.from(message.groupId).toString('latin1') === header.channel &&
    equalBytes(message.authenticatedData, headerHash);
  if (!fits) {
    throw new LiaisonError('malformed', 'The MLS message belongs to another channel, epoch or header.', {
      check: 'REC-03',
    });
  }
}
