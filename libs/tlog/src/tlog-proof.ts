import { fromBase64url, fromUtf8, LiaisonError, type ReceiptProof, utf8 } from '#liaison/protocol';
import { fromBase64, parseDecimal, toBase64 } from './base64.js';
import { receiptProof } from './receipt-proof.js';

/**
 * A receipt as a `.tlog-proof` file (C2SP tlog-proof): the form that other tools know. The entry travels as extra data.
 */
const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

export function encodeTlogProof({ entry, index, inclusion, checkpoint }: ReceiptProof): string {
  const hashes = inclusion.map((hash) => toBase64(fromBase64url(hash)));
  const head = [FIRST_LINE, `extra ${toBase64(utf8(entry))}`, `index ${index}`, ...hashes];
  return `${head.join('\n')}\n\n${checkpoint}`;
}

/** Reads without verifying: `verifyReceiptProof` does. @throws LiaisonError `malformed` (LOG-11). */
export function decodeTlogProof(file: string): ReceiptProof {
  const blank = file.indexOf('\n\n');
  const [first, extra, indexLine, ...hashes] = file.slice(0, Math.max(0, blank)).split('\n');
  const index = indexLine?.startsWith('index ') === true ? parseDecimal(indexLine.slice('index '.length)) : undefined;
  if (first !== FIRST_LINE || extra?.startsWith('extra ') !== true || index === undefined) throw malformed();
  const inclusion = hashes.map((hash) => fromBase64(hash, 'LOG-11'));
  const entry = fromBase64(extra.slice('extra '.length), 'LOG-11');
  return receiptProof({ entry: entryText(entry), index, inclusion, checkpoint: file.slice(blank + 2) });
}

function entryText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw malformed();
  }
}

function malformed(): LiaisonError {
  return new LiaisonError('malformed', 'This is not a proof file with its entry (C2SP tlog-proof).', {
    check: 'LOG-11',
  });
}
