import { bodyHash, headerHash, mlsHash, type RecordHashes } from '#liaison/crypto';
import {
  base64urlUpTo,
  ChannelEvent,
  ContactPointId,
  CustodyOpening,
  decodeHeader,
  fromBase64url,
  LIMITS,
  ReceiptProof,
  type RecordHeader,
  SignedRoster,
  StoredDeposit,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';

const certificate = base64urlUpTo(LIMITS.certificateBytes);
const SignedEvent = z.strictObject({
  event: ChannelEvent,
  /** Absent where the hub showed none that its signature verifies under. */
  certificate: certificate.optional(),
});

const MaterialRecord = z.strictObject({
  ...SignedEvent.shape,
  deposits: z.array(StoredDeposit),
  /** What was said of it since: consents, marks, withdrawals. */
  about: z.array(SignedEvent),
  /** Its entry of its place in the channel, proved. */
  stored: ReceiptProof,
  /** Its `custody.opened` entry of this opening, proved. */
  opened: ReceiptProof,
  withdrawn: z.literal(true).optional(),
});
export type MaterialRecord = z.infer<typeof MaterialRecord>;

/** All that is carried to the custodians' machine: none of it is secret, and none is trusted there. */
export const CustodyMaterial = z.strictObject({
  type: z.literal('liaison-custody-material'),
  v: z.literal(1),
  contactPoint: ContactPointId,
  opening: CustodyOpening,
  /** As the collecting device knew it. */
  roster: SignedRoster,
  /** Older versions, that name CAs which have been replaced since. */
  formerRosters: z.array(SignedRoster).max(100),
  /** The newest that the collecting device knew, of all who signed something here: DER. */
  revocationLists: z
    .array(z.strictObject({ contactPoint: ContactPointId, crl: base64urlUpTo(LIMITS.crlBytes) }))
    .max(500),
  /** Signed note that all proofs are under. */
  checkpoint: z.string().max(256 * 1024),
  /** C2SP tlog-policy. */
  policy: z.string().max(256 * 1024),
  records: z.array(MaterialRecord).min(1).max(LIMITS.recordsPerOpening),
});
export type CustodyMaterial = z.infer<typeof CustodyMaterial>;

type RecordEvent = Extract<ChannelEvent, { type: 'record' | 'erased-record' }>;

/** An event of a record, taken apart; nothing in it is verified. */
export interface EventParts {
  readonly event: RecordEvent;
  readonly header: RecordHeader;
  readonly hashes: RecordHashes;
  readonly signature: Uint8Array;
  /** Absent where the content was erased. */
  readonly body?: Uint8Array;
}

/** @returns undefined for an event that is no record. @throws LiaisonError `malformed`. */
export function partsOf(event: ChannelEvent): EventParts | undefined {
  if (event.type !== 'record' && event.type !== 'erased-record') return undefined;
  const { header, mls, signature } = event.record;
  const body = 'body' in event.record ? fromBase64url(event.record.body) : undefined;
  const hashes = {
    headerHash: headerHash(utf8(header)),
    bodyHash:
      body === undefined && 'bodyHash' in event.record
        ? fromBase64url(event.record.bodyHash)
        : bodyHash(body ?? new Uint8Array()),
    mlsHash: mlsHash(fromBase64url(mls)),
  };
  const decoded = decodeHeader(header);
  return { event, header: decoded, hashes, signature: fromBase64url(signature), ...(body && { body }) };
}
