import { LiaisonError } from '#liaison/protocol';
import { fromBase64, parseDecimal, toBase64 } from './base64.js';
import { verifyCosignature } from './cosignature.js';
import { decodeNote, decodeSignatures, isSignatureOf, type NoteSignature } from './signed-note.js';
import { HASH_BYTES } from './tree-hash.js';
import type { VerifierKey } from './verifier-key.js';

/** What a log asks of a witness (C2SP tlog-witness): docs/spec/witness.md. */
export interface AddCheckpointRequest {
  /** Size of the checkpoint that the witness cosigned last, as the log believes. */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

const MOST_PROOF_LINES = 63;
const LONGEST_REQUEST = 512 * 1024;

export function encodeAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  return `old ${oldSize}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`;
}

/** @throws LiaisonError `malformed` (LOG-22). The checkpoint in it is not parsed. */
export function decodeAddCheckpoint(body: string): AddCheckpointRequest {
  const blank = body.indexOf('\n\n');
  if (body.length > LONGEST_REQUEST || blank < 0) throw malformedRequest();
  const [first = '', ...lines] = body.slice(0, blank).split('\n');
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : undefined;
  const proof = lines.map((line) => fromBase64(line, 'LOG-22'));
  if (oldSize === undefined || proof.length > MOST_PROOF_LINES || proof.some(({ length }) => length !== HASH_BYTES)) {
    throw malformedRequest();
  }
  return { oldSize, proof, checkpoint: body.slice(blank + 2) };
}

function malformedRequest(): LiaisonError {
  return new LiaisonError('malformed', 'This is not a request to a witness (C2SP tlog-witness).', { check: 'LOG-22' });
}

export const SIZE_CONTENT_TYPE = 'text/x.tlog.size';

/** An HTTP answer without transport. */
export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type AddCheckpointOutcome =
  /** Append these to the note. */
  | { readonly outcome: 'cosigned'; readonly signatures: readonly NoteSignature[] }
  /** Ask again with a proof from this size. */
  | { readonly outcome: 'other-size'; readonly size: number }
  /** Asking again does not help: 400, 403, 404, 409 with another root, 422. */
  | { readonly outcome: 'refused'; readonly status: number };

/**
 * What a witness's answer means to the log that asked. Signatures under unknown keys are left out.
 * @param asked the note that was sent, and the keys that are expected to cosign.
 * @throws LiaisonError `malformed` (LOG-24): no good cosignature in a 200, or a size that is none.
 */
export function readWitnessAnswer(
  answer: WitnessAnswer,
  asked: { readonly checkpoint: string; readonly witnesses: readonly VerifierKey[] },
): AddCheckpointOutcome {
  const { status, contentType, body } = answer;
  if (status === 200) return { outcome: 'cosigned', signatures: goodCosignatures(body, asked) };
  const [mediaType] = contentType.split(';');
  if (status !== 409 || mediaType?.trim() !== SIZE_CONTENT_TYPE) return { outcome: 'refused', status };
  const size = body.endsWith('\n') ? parseDecimal(body.slice(0, -1)) : undefined;
  if (size === undefined) throw malformedAnswer();
  return { outcome: 'other-size', size };
}

function goodCosignatures(
  lines: string,
  { checkpoint, witnesses }: { readonly checkpoint: string; readonly witnesses: readonly VerifierKey[] },
): NoteSignature[] {
  const { text } = decodeNote(checkpoint);
  const good = decodedLines(lines).filter((signature) => {
    const key = witnesses.find((each) => isSignatureOf(each, signature));
    return key !== undefined && verifyCosignature(text, signature, key) !== undefined;
  });
  if (good.length === 0) throw malformedAnswer();
  return good;
}

function decodedLines(lines: string): NoteSignature[] {
  try {
    return decodeSignatures(lines);
  } catch {
    throw malformedAnswer();
  }
}

function malformedAnswer(): LiaisonError {
  return new LiaisonError('malformed', 'The witness did not answer with a cosignature or a size.', {
    check: 'LOG-24',
  });
}
