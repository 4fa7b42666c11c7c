import { LiaisonError } from '#liaison/protocol';
import {
  type Checkpoint,
  growthFault,
  type LogFault,
  type LogReader,
  makeConsistencyProof,
  sodiumTreeHashing,
  tileNodeReader,
  type TreeHashing,
} from '#liaison/tlog';

/**
 * Whether a log only grew between two verified checkpoints. The proof is made here, of the log's own tiles: a log that serves
 * tiles of another tree makes a proof that does not hold.
 * @returns `undefined` where it did; `inconsistent` CLI-71 where it shrank, LOG-08 where it forked, `split-view` LOG-09,
 * `missing` or `malformed` where its tiles are.
 * @throws LiaisonError `unavailable` and the like where the reader fails.
 */
export async function growthFaultOf(
  growth: { readonly older: Checkpoint; readonly newer: Checkpoint; readonly reader: LogReader },
  hashing: TreeHashing = sodiumTreeHashing,
): Promise<LogFault | undefined> {
  const { older, newer, reader } = growth;
  if (newer.size < older.size) {
    const message = `The log had ${older.size} entries and now shows ${newer.size}.`;
    return { outcome: 'inconsistent', check: 'CLI-71', message };
  }
  try {
    const sizes = { oldSize: older.size, newSize: newer.size };
    const proof = await makeConsistencyProof(sizes, tileNodeReader(reader, newer.size, hashing), hashing);
    return growthFault({ older, newer, proof }, hashing);
  } catch (error) {
    return logFaultOf(error);
  }
}

/** What a refusal of a decoder means to who verifies. Rethrows what is no refusal. */
export function logFaultOf(error: unknown): LogFault {
  const check = error instanceof LiaisonError ? error.details.check : undefined;
  if (!(error instanceof LiaisonError) || check?.startsWith('LOG-') !== true) throw error;
  return { outcome: error.code === 'not-found' ? 'missing' : 'malformed', check, message: error.message };
}
