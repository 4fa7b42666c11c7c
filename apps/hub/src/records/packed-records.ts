import type { RecordToVerify } from '#liaison/crypto.node';
import { LiaisonError } from '#liaison/protocol';

/** Public key, signature, header hash, body hash, MLS hash. */
const SIZES = [32, 64, 32, 32, 32] as const;
const RECORD_BYTES = 192;

/** What is to be verified, end to end, in memory of its own that can be given to another thread. */
export function packRecords(records: readonly RecordToVerify[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(records.length * RECORD_BYTES);
  let at = 0;
  for (const { publicKey, signature, hashes } of records) {
    for (const [index, part] of [publicKey, signature, hashes.headerHash, hashes.bodyHash, hashes.mlsHash].entries()) {
      if (part.length !== SIZES[index])
        throw new LiaisonError('internal', 'A part of a signed record has a wrong length.');
      packed.set(part, at);
      at += part.length;
    }
  }
  return packed;
}

export function unpackRecords(packed: Uint8Array): RecordToVerify[] {
  return Array.from({ length: packed.length / RECORD_BYTES }, (_, index) => {
    let at = index * RECORD_BYTES;
    const [publicKey, signature, headerHash, bodyHash, mlsHash] = SIZES.map((size) =>
      packed.subarray(at, (at += size)),
    );
    if (!publicKey || !signature || !headerHash || !bodyHash || !mlsHash)
      throw new LiaisonError('internal', 'Cut short.');
    return { publicKey, signature, hashes: { headerHash, bodyHash, mlsHash } };
  });
}
