import { LiaisonError, type ReceiptProof } from '#liaison/protocol';
import {
  type Checkpoint,
  makeInclusionProof,
  receiptProof,
  tileNodeReader,
  type TreeHashing,
  verifyCheckpoint,
  verifyReceiptProof,
  type WitnessPolicy,
} from '#liaison/tlog';
import type { ClientLog, LoggedEntry } from './client-log.js';
import { growthFaultOf } from './log-growth.js';
import { withoutQuorum } from './log-policy.js';

/** What entries are proved with, for somebody who was not there. */
export interface ProvingPorts {
  readonly log: ClientLog;
  readonly policy: WitnessPolicy;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly hashing: TreeHashing;
}

/** One checkpoint under which all entries of a bundle are proved. */
export interface CommonCheckpoint {
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

/**
 * The newest that enough witnesses have cosigned, of the one history that this device has seen.
 * @throws LiaisonError `integrity`.
 */
export async function commonCheckpoint({ log, policy, at, hashing }: ProvingPorts): Promise<CommonCheckpoint> {
  const note = await log.newest(fewestCosignatures(policy));
  const verified = verifyCheckpoint({ note, policy: withoutQuorum(policy), at });
  if (verified.outcome !== 'ok') throw refused(verified.check, verified.message);
  const newer = await log.advance();
  const fault = await growthFaultOf({ older: verified.checkpoint, newer, reader: log.reader }, hashing);
  if (fault !== undefined) throw refused(fault.check, fault.message);
  return { note, checkpoint: verified.checkpoint };
}

/** Proves entries that the checkpoint covers, one after the other. Each is verified before it is given. */
export function entryProver(
  { note, checkpoint }: CommonCheckpoint,
  { log, policy, at, hashing }: ProvingPorts,
): (logged: LoggedEntry) => Promise<ReceiptProof> {
  const nodes = tileNodeReader(log.reader, checkpoint.size, hashing);
  return async ({ index, entry }) => {
    const inclusion = await makeInclusionProof({ index, size: checkpoint.size }, nodes, hashing);
    const proof = receiptProof({ entry, index, inclusion, checkpoint: note });
    const verified = verifyReceiptProof({ proof, policy: withoutQuorum(policy), at });
    if (verified.outcome !== 'ok') throw refused(verified.check, verified.message);
    return proof;
  };
}

/** The fewest cosignatures that can meet the quorum: what to ask the hub for. */
export function fewestCosignatures(policy: WitnessPolicy): number {
  const needed = (name: string): number => {
    const group = policy.groups.get(name);
    if (group === undefined) return 1;
    const each = group.members.map(needed).sort((a, b) => a - b);
    return each.slice(0, group.threshold).reduce((sum, count) => sum + count, 0);
  };
  return policy.quorum === 'none' ? 0 : needed(policy.quorum);
}

function refused(check: string, message: string): LiaisonError {
  return new LiaisonError('integrity', `The log does not hold, so nothing is exported. ${message}`, { check });
}
