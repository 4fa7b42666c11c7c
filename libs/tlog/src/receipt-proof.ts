import {
  canonicalJson,
  explainIssues,
  fromBase64url,
  type Json,
  LiaisonError,
  ReceiptProof,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { Checkpoint } from './checkpoint.js';
import type { Cosigned } from './cosignature.js';
import { fault, faultOf, type LogFault, type Verified } from './fault.js';
import { verifyInclusion } from './inclusion-proof.js';
import { decodeLogEntry, type LogEntry } from './log-entry.js';
import { sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import { verifyCheckpoint } from './verify-checkpoint.js';
import type { WitnessPolicy } from './witness-policy.js';

/** docs/spec/receipt-proof.md. */
export function receiptProof(parts: {
  readonly entry: string;
  readonly index: number;
  readonly inclusion: readonly Uint8Array[];
  readonly checkpoint: string;
}): ReceiptProof {
  return { v: 1, ...parts, inclusion: parts.inclusion.map(toBase64url) };
}

/** @throws LiaisonError `malformed` (LOG-11). */
export function decodeReceiptProof(value: unknown): ReceiptProof {
  const parsed = ReceiptProof.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `This is not a proof of a receipt: ${explainIssues(parsed.error)}.`, {
    check: 'LOG-11',
  });
}

/** What the holder knows already of the act that the receipt is for. A member that is `undefined` must be absent. */
export type ExpectedEntry = {
  readonly [Member in keyof Known]?: Known[Member] | undefined;
};
type Known = Pick<LogEntry, 'type' | 'actor' | 'headerHash' | 'sources' | 'consent' | 'releasedBy'> &
  Pick<LogEntry['subject'], 'channel' | 'seq' | 'record' | 'about' | 'device'>;

export type ReceiptVerification = Verified<{
  readonly entry: LogEntry;
  readonly index: number;
  readonly checkpoint: Checkpoint;
  readonly cosigned: readonly Cosigned[];
}>;

/**
 * Verifies, offline, that an act stands in a log that the policy's witnesses have seen.
 * @param input.proof untrusted. @param input.expected what the act must be: a good proof of another act is no receipt.
 * @param input.at milliseconds since 1970.
 */
export function verifyReceiptProof(
  input: {
    readonly proof: unknown;
    readonly policy: WitnessPolicy;
    readonly expected?: ExpectedEntry;
    readonly at?: number;
  },
  hashing: TreeHashing = sodiumTreeHashing,
): ReceiptVerification {
  try {
    const proof = decodeReceiptProof(input.proof);
    const entryBytes = utf8(proof.entry);
    const entry = decodeLogEntry(entryBytes);
    const verified = verifyCheckpoint({ ...input, note: proof.checkpoint });
    if (verified.outcome !== 'ok') return verified;
    const { size, root } = verified.checkpoint;
    const inclusion = proof.inclusion.map(fromBase64url);
    const claim = { index: proof.index, size, leafHash: hashing.leafHash(entryBytes), root, proof: inclusion };
    if (!verifyInclusion(claim, hashing)) {
      return fault('not-included', 'LOG-07', 'The proof does not lead from the entry to the checkpoint’s root.');
    }
    return wrongEntry(entry, input.expected) ?? { ...verified, entry, index: proof.index };
  } catch (error) {
    return faultOf(error);
  }
}

function wrongEntry(entry: LogEntry, expected: ExpectedEntry = {}): LogFault | undefined {
  const member = differingMember(entry, expected);
  if (member === undefined) return undefined;
  return fault('wrong-entry', 'LOG-12', `The proof is of another act: its ${member} differs.`);
}

/** The first member in which the entry is not what is expected. */
export function differingMember(entry: LogEntry, expected: ExpectedEntry): string | undefined {
  const found: ExpectedEntry = { ...entry.subject, ...entry };
  const members = Object.keys(expected) as (keyof ExpectedEntry)[];
  return members.find((member) => !isSame(found[member], expected[member]));
}

/** Entries come from canonical JSON: what is the same has the same text. */
function isSame(found: Json | undefined, expected: Json | undefined): boolean {
  if (found === undefined || expected === undefined) return found === expected;
  return canonicalJson(found) === canonicalJson(expected);
}
