import { equalBytes } from '#liaison/protocol';
import type { Checkpoint } from './checkpoint.js';
import { verifyConsistency } from './consistency-proof.js';
import { fault, type LogFault } from './fault.js';
import { EMPTY_ROOT, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';

/**
 * Whether a log only grew between two checkpoints that both are verified. Not so: the two notes together prove to anybody
 * that the log broke its word, so keep them.
 * @returns `undefined` where all is well; `split-view` (LOG-09: one size, two roots), `inconsistent` (LOG-08).
 */
export function growthFault(
  growth: { readonly older: Checkpoint; readonly newer: Checkpoint; readonly proof: readonly Uint8Array[] },
  hashing: TreeHashing = sodiumTreeHashing,
): LogFault | undefined {
  const { older, newer, proof } = growth;
  const unproved = fault('inconsistent', 'LOG-08', 'The proof does not show that the log only grew.');
  if (older.origin !== newer.origin) return unproved;
  if (older.size === newer.size) {
    if (proof.length > 0) return unproved;
    if (equalBytes(older.root, newer.root)) return undefined;
    return fault('split-view', 'LOG-09', `The log has signed two different trees of ${older.size} entries.`);
  }
  if (older.size === 0) return proof.length === 0 && equalBytes(older.root, EMPTY_ROOT) ? undefined : unproved;
  const claim = { oldSize: older.size, oldRoot: older.root, newSize: newer.size, newRoot: newer.root, proof };
  return verifyConsistency(claim, hashing) ? undefined : unproved;
}
