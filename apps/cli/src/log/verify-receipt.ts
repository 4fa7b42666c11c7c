import { readFile } from 'node:fs/promises';
import { type LogVerdict, withoutQuorum } from '#liaison/client';
import { type Clock, fromUtf8, LiaisonError, type ReceiptProof } from '#liaison/protocol';
import {
  decodeTlogProof,
  type ExpectedEntry,
  type LogEntry,
  verifyReceiptProof,
  type WitnessPolicy,
} from '#liaison/tlog';

export interface ReceiptReport {
  readonly holds: boolean;
  readonly verdicts: readonly ReceiptVerdict[];
  /** Absent where the proof does not hold. */
  readonly entry?: LogEntry;
  readonly index?: number;
  readonly size?: number;
  readonly cosignedBy: readonly string[];
}

/** As {@link LogVerdict}, for one receipt. */
interface ReceiptVerdict extends Pick<LogVerdict, 'outcome' | 'check' | 'message'> {
  readonly question: 'inclusion' | 'witnesses';
}

/** One receipt, offline. @param expected what the act must be, where the caller knows. */
export function verifyReceipt(
  proof: unknown,
  { policy, clock }: { readonly policy: WitnessPolicy; readonly clock: Clock },
  expected: ExpectedEntry = {},
): ReceiptReport {
  const at = clock.now();
  const verified = verifyReceiptProof({ proof, policy: withoutQuorum(policy), expected, at });
  if (verified.outcome !== 'ok') {
    const { check, message } = verified;
    return { holds: false, verdicts: [{ question: 'inclusion', outcome: 'fails', check, message }], cosignedBy: [] };
  }
  const { entry, index, checkpoint, cosigned } = verified;
  const message = `Entry ${index} of ${checkpoint.size} in the log ${checkpoint.origin}: ${entry.type} at ${entry.at}.`;
  const witnesses = witnessVerdict(
    proof,
    policy,
    at,
    cosigned.map(({ witness }) => witness),
  );
  return {
    holds: witnesses.outcome !== 'fails',
    verdicts: [{ question: 'inclusion', outcome: 'holds', message }, witnesses],
    entry,
    index,
    size: checkpoint.size,
    cosignedBy: cosigned.map(({ witness }) => witness),
  };
}

function witnessVerdict(proof: unknown, policy: WitnessPolicy, at: number, names: readonly string[]): ReceiptVerdict {
  const question = 'witnesses';
  if (policy.quorum === 'none') {
    const message = 'No witness is asked for: that others were shown the same log is not proved.';
    return { question, outcome: 'not-asked', message };
  }
  const verified = verifyReceiptProof({ proof, policy, at });
  if (verified.outcome !== 'ok')
    return { question, outcome: 'fails', check: verified.check, message: verified.message };
  return { question, outcome: 'holds', message: `${names.join(', ')} cosigned it: the quorum is met.` };
}

/** A `.tlog-proof` file, or the same as JSON. Not verified. @throws LiaisonError `usage`, `malformed`. */
export async function readReceiptFile(path: string): Promise<ReceiptProof | object> {
  let text: string;
  try {
    text = fromUtf8(new Uint8Array(await readFile(path)));
  } catch (cause) {
    throw new LiaisonError('usage', `The proof ${path} cannot be read.`, { cause });
  }
  if (!text.trimStart().startsWith('{')) return decodeTlogProof(text);
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new LiaisonError('malformed', `${path} is neither a .tlog-proof file nor JSON.`, { check: 'LOG-11', cause });
  }
}
