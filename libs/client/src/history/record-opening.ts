import { sha256 } from '#liaison/crypto';
import { toBase64url } from '#liaison/protocol';
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
