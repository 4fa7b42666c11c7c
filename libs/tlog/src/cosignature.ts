import { concatBytes, LiaisonError, utf8 } from '#liaison/protocol';
import { SIGNATURE_BYTES, type SigningKey, signWhole, verifyWhole } from '#liaison/crypto';
import { isSignatureOf, type NoteSignature } from './signed-note.js';
import { type VerifierKey, verifierKey } from './verifier-key.js';

const TIME_BYTES = 8;

/** Who saw a checkpoint as the newest and consistent with all it saw before, and when (seconds since 1970). */
export interface Cosigned {
  readonly witness: string;
  readonly time: number;
}

/** The words that a witness signs (C2SP tlog-cosignature v1): a header, the time, the checkpoint. */
function cosignedText(checkpointText: string, time: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${checkpointText}`);
}

/**
 * Signs without looking: `answerAddCheckpoint` is what checks.
 * @param checkpointText the text of the note, without signatures. @param time seconds since 1970.
 */
export function cosign(checkpointText: string, time: number, name: string, key: SigningKey): NoteSignature {
  if (!Number.isSafeInteger(time) || time < 0) throw new LiaisonError('usage', 'A cosignature needs whole seconds.');
  const { keyId } = verifierKey('witness', name, key.publicKey);
  const timestamp = new Uint8Array(TIME_BYTES);
  new DataView(timestamp.buffer).setBigUint64(0, BigInt(time));
  return { name, keyId, signature: concatBytes(timestamp, signWhole(cosignedText(checkpointText, time), key)) };
}

/** @returns the time it was made, in seconds since 1970; `undefined` where it does not verify. */
export function verifyCosignature(
  checkpointText: string,
  signature: NoteSignature,
  key: VerifierKey,
): number | undefined {
  if (key.role !== 'witness' || !isSignatureOf(key, signature)) return undefined;
  const bytes = signature.signature;
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset, TIME_BYTES).getBigUint64(0));
  if (!Number.isSafeInteger(time)) return undefined;
  const isGood = verifyWhole(cosignedText(checkpointText, time), bytes.subarray(TIME_BYTES), key.publicKey);
  return isGood ? time : undefined;
}
