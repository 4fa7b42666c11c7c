import { sha256 } from '#liaison/crypto';
import { fromBase64url, toBase64url } from '#liaison/protocol';
import { KEYS } from '../keys.js';
import type { AuthenticatedRecord } from '../record-pipeline.js';
import type { RecordOpening } from '../stored-record.js';
import type { Transaction } from '../transaction.js';

/** Keeps what it takes to give a record to a colleague later; the sender's certificate is written once. */
export async function keepOpening(
  transaction: Transaction,
  { record, contentKey, certificate }: AuthenticatedRecord,
): Promise<RecordOpening> {
  const hash = toBase64url(sha256(certificate));
  if ((await transaction.get(KEYS.senderCertificate(hash))) === undefined)
    transaction.put(KEYS.senderCertificate(hash), certificate);
  return {
    contentKey: toBase64url(contentKey),
    bodyHash: toBase64url(record.hashes.bodyHash),
    certificate: hash,
  };
}

/** DER, base64url; undefined for what this device never kept. */
export async function keptCertificate(transaction: Transaction, hash: string): Promise<string | undefined> {
  const der = await transaction.get(KEYS.senderCertificate(hash));
  return der && toBase64url(der);
}

/** The bytes of an opening that came from somebody else. */
export function vouchedBytes(key: {
  readonly contentKey: string;
  readonly headerHash: string;
  readonly bodyHash: string;
  readonly certificate: string;
}) {
  return {
    contentKey: fromBase64url(key.contentKey),
    headerHash: fromBase64url(key.headerHash),
    bodyHash: fromBase64url(key.bodyHash),
    certificate: fromBase64url(key.certificate),
  };
}
