import { type Checkpoint, decodeUntrustedCheckpoint } from './checkpoint.js';
import { type Cosigned, verifyCosignature } from './cosignature.js';
import { fault, faultOf, type LogFault, type Verified } from './fault.js';
import { decodeNote, isSignatureOf, type SignedNote, verifyNoteSignature } from './signed-note.js';
import type { VerifierKey } from './verifier-key.js';
import { meetsQuorum, type WitnessPolicy } from './witness-policy.js';

/** How far ahead a witness's clock may run. */
const CLOCK_SKEW_SECONDS = 300;

export type CheckpointVerification = Verified<{
  readonly checkpoint: Checkpoint;
  /** Those of the policy's witnesses who cosigned it. */
  readonly cosigned: readonly Cosigned[];
}>;

/**
 * Verifies a checkpoint against what the verifier has chosen to trust. One bad signature under a known key is enough to refuse it.
 * @param input.note the whole signed note.
 * @param input.at milliseconds since 1970; where absent, cosignatures from the future are not looked for.
 */
export function verifyCheckpoint(input: {
  readonly note: string;
  readonly policy: WitnessPolicy;
  readonly at?: number;
}): CheckpointVerification {
  try {
    const note = decodeNote(input.note);
    const checkpoint = decodeUntrustedCheckpoint(note.text);
    const refused = logFault(
      note,
      checkpoint,
      input.policy.logs.map(({ key }) => key),
    );
    if (refused !== undefined) return refused;
    return witnessed(note, checkpoint, input);
  } catch (error) {
    return faultOf(error);
  }
}

/** `undefined` where one of `logKeys` is the log's and its signature is good. */
export function logFault(
  note: SignedNote,
  { origin }: Checkpoint,
  logKeys: readonly VerifierKey[],
): LogFault | undefined {
  const keys = logKeys.filter(({ name }) => name === origin);
  if (keys.length === 0) return fault('foreign-log', 'LOG-03', 'The checkpoint is of a log that is not known here.');
  const claimed = keys.flatMap((key) =>
    note.signatures.filter((each) => isSignatureOf(key, each)).map((each) => verifyNoteSignature(note.text, each, key)),
  );
  if (claimed.length > 0 && claimed.every(Boolean)) return undefined;
  return fault('bad-signature', 'LOG-04', 'The checkpoint is not signed by its log.');
}

function witnessed(
  note: SignedNote,
  checkpoint: Checkpoint,
  { policy, at }: { readonly policy: WitnessPolicy; readonly at?: number },
): CheckpointVerification {
  const cosigned: Cosigned[] = [];
  const names = new Set<string>();
  for (const [name, { key }] of policy.witnesses) {
    for (const signature of note.signatures.filter((each) => isSignatureOf(key, each))) {
      const time = verifyCosignature(note.text, signature, key);
      if (time === undefined) {
        return fault('bad-signature', 'LOG-05', `The cosignature of ${key.name} does not verify.`);
      }
      if (at !== undefined && time > at / 1000 + CLOCK_SKEW_SECONDS) {
        return fault('from-the-future', 'LOG-23', `The cosignature of ${key.name} is from the future.`);
      }
      names.add(name);
      cosigned.push({ witness: key.name, time });
    }
  }
  if (meetsQuorum(policy, names)) return { outcome: 'ok', checkpoint, cosigned };
  return fault('no-quorum', 'LOG-06', `${names.size} known witnesses cosigned the checkpoint: too few.`);
}
