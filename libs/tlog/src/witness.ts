import * as z from 'zod';
import { base64urlOf, fromBase64url, LiaisonError, toBase64url } from '#liaison/protocol';
import type { SigningKey } from '#liaison/crypto';
import {
  type AddCheckpointRequest,
  decodeAddCheckpoint,
  SIZE_CONTENT_TYPE,
  type WitnessAnswer,
} from './add-checkpoint.js';
import { type Checkpoint, decodeUntrustedCheckpoint } from './checkpoint.js';
import { growthFault } from './checkpoint-growth.js';
import { cosign } from './cosignature.js';
import type { LogFault } from './fault.js';
import { decodeNote, encodeSignatures, type SignedNote } from './signed-note.js';
import { EMPTY_ROOT, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import type { VerifierKey } from './verifier-key.js';
import { logFault } from './verify-checkpoint.js';

/** All that a witness remembers: by origin, the last checkpoint that it cosigned, with the note as evidence. */
export const WitnessState = z.record(
  z.string(),
  z.strictObject({ size: z.int().min(0), root: base64urlOf(32), note: z.string() }),
);
export type WitnessState = Readonly<z.infer<typeof WitnessState>>;

export interface Witness {
  readonly name: string;
  readonly key: SigningKey;
  /** The logs that it cosigns for, by their origin. */
  readonly logs: readonly VerifierKey[];
  readonly hashing?: TreeHashing;
}

export interface WitnessStep {
  /** Equal to the old one unless the answer is 200. */
  readonly state: WitnessState;
  readonly answer: WitnessAnswer;
  /** Set where the log's own signature stands under two notes that contradict each other: raise it, keep both. */
  readonly alarm?: { readonly fault: LogFault; readonly held: string; readonly offered: string };
}

/**
 * A witness's whole conduct (C2SP tlog-witness, add-checkpoint), one request at a time: the caller stores the new state
 * before it sends the answer, and takes no other request for the log in between. A stale state would cosign a fork.
 * @param at milliseconds since 1970.
 */
export function answerAddCheckpoint(
  witness: Witness,
  state: WitnessState,
  request: { readonly body: string; readonly at: number },
): WitnessStep {
  try {
    const asked = decodeAddCheckpoint(request.body);
    const note = decodeNote(asked.checkpoint);
    const checkpoint = decodeUntrustedCheckpoint(note.text);
    const refusal = refusalOf(witness, state, { asked, note, checkpoint });
    return refusal === undefined
      ? cosigned(witness, state, { asked, note, checkpoint, at: request.at })
      : { state, ...refusal };
  } catch (error) {
    if (!(error instanceof LiaisonError) || error.code !== 'malformed') throw error;
    return { state, answer: inWords(400, `${error.details.check ?? 'LOG-22'} ${error.message}`) };
  }
}

interface Submission {
  readonly asked: AddCheckpointRequest;
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
}

/** The checks in the order of tlog-witness; `undefined` where all pass. */
function refusalOf(
  { logs, hashing = sodiumTreeHashing }: Witness,
  state: WitnessState,
  { asked, note, checkpoint }: Submission,
): Omit<WitnessStep, 'state'> | undefined {
  const byLog = logFault(note, checkpoint, logs);
  if (byLog !== undefined) return { answer: inWords(byLog.check === 'LOG-03' ? 404 : 403, words(byLog)) };
  if (asked.oldSize > checkpoint.size) return { answer: inWords(400, 'LOG-22 The old size exceeds the new one.') };
  const held = state[checkpoint.origin];
  if (asked.oldSize !== (held?.size ?? 0)) {
    return { answer: { status: 409, contentType: SIZE_CONTENT_TYPE, body: `${held?.size ?? 0}\n` } };
  }
  const older = {
    ...checkpoint,
    size: asked.oldSize,
    root: held === undefined ? EMPTY_ROOT : fromBase64url(held.root),
  };
  const fault = growthFault({ older, newer: checkpoint, proof: asked.proof }, hashing);
  if (fault === undefined) return undefined;
  const answer = inWords(fault.outcome === 'split-view' ? 409 : 422, words(fault));
  // A bad proof may be anybody's mistake; two roots for one size under the log's signature are nobody else's than the log's.
  const isProof = fault.outcome === 'split-view' && held !== undefined;
  return isProof ? { answer, alarm: { fault, held: held.note, offered: asked.checkpoint } } : { answer };
}

function cosigned(
  witness: Witness,
  state: WitnessState,
  { asked, note, checkpoint, at }: Submission & { readonly at: number },
): WitnessStep {
  const { origin, size, root } = checkpoint;
  const signature = cosign(note.text, Math.floor(at / 1000), witness.name, witness.key);
  return {
    state: { ...state, [origin]: { size, root: toBase64url(root), note: asked.checkpoint } },
    answer: { status: 200, contentType: 'text/plain; charset=utf-8', body: encodeSignatures([signature]) },
  };
}

function words({ check, message }: LogFault): string {
  return `${check} ${message}`;
}

function inWords(status: number, text: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}
