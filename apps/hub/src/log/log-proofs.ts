import { Injectable } from '@nestjs/common';
import { LiaisonError, type ReceiptProof } from '#liaison/protocol';
import {
  encodeAddCheckpoint,
  makeConsistencyProof,
  makeInclusionProof,
  receiptProof,
  tileNodeReader,
  type LogViewer,
  type NodeReader,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { LogStore, type StoredCheckpoint } from './log-store.js';
import { isShownTo } from './log-viewers.js';

/** A checkpoint is made within a second; a witness comes by less often. */
const CHECKPOINT_RETRY_MS = 1_000;

/** Nodes that are remembered, 32 bytes each. */
const MOST_NODES = 50_000;

/** Proofs from the tiles that everyone can read: the hub has no secret of its own here. */
@Injectable()
export class LogProofs {
  /** By level and index: a node stands for a whole subtree, which never changes. */
  private readonly nodes = new Map<string, Uint8Array>();

  constructor(private readonly store: LogStore) {}

  /** @throws LiaisonError `not-found` (LOG-25) none that concerns the viewer, `try-again` (LOG-26) no checkpoint covers it yet. */
  async receipt(viewer: LogViewer, index: number, cosigned: number): Promise<ReceiptProof> {
    const [[stored], checkpoint] = await Promise.all([
      this.store.entries(index, index + 1),
      this.store.newestCheckpoint(index + 1, cosigned),
    ]);
    if (stored === undefined || !isShownTo(viewer, stored)) throw absentEntry();
    if (checkpoint === undefined) throw notCovered();
    const inclusion = await makeInclusionProof(
      { index, size: checkpoint.size },
      this.nodesOf(checkpoint),
      nodeTreeHashing,
    );
    return receiptProof({ entry: stored.entry, index, inclusion, checkpoint: cosignedNote(checkpoint) });
  }

  /**
   * A C2SP tlog-witness request for the newest checkpoint.
   * @throws LiaisonError `malformed` (LOG-22) for a size that the log never had.
   */
  async witnessRequest(oldSize: number): Promise<string> {
    const checkpoint = await this.store.newestCheckpoint(oldSize, 0);
    if (checkpoint === undefined) {
      throw new LiaisonError('malformed', 'The log was never that large.', { check: 'LOG-22' });
    }
    const growth = { oldSize, newSize: checkpoint.size };
    const proof = await makeConsistencyProof(growth, this.nodesOf(checkpoint), nodeTreeHashing);
    return encodeAddCheckpoint({ oldSize, proof, checkpoint: checkpoint.note });
  }

  private nodesOf({ size }: StoredCheckpoint): NodeReader {
    const read = tileNodeReader(this.store.tiles, size, nodeTreeHashing);
    return async (node) => {
      const name = `${node.level}/${node.index}`;
      const known = this.nodes.get(name);
      if (known !== undefined) return known;
      const hash = (await read(node)).slice();
      this.nodes.set(name, hash);
      const [oldest] = this.nodes.keys();
      if (this.nodes.size > MOST_NODES && oldest !== undefined) this.nodes.delete(oldest);
      return hash;
    };
  }
}

export function cosignedNote({ note, lines }: StoredCheckpoint): string {
  return note + lines;
}

function absentEntry(): LiaisonError {
  return new LiaisonError('not-found', 'There is no such entry in the log, or it is not open to this device.', {
    check: 'LOG-25',
  });
}

function notCovered(): LiaisonError {
  return new LiaisonError('try-again', 'No such checkpoint covers this entry yet. Ask again in a moment.', {
    check: 'LOG-26',
    retryAfterMs: CHECKPOINT_RETRY_MS,
  });
}
