import type { Pool } from 'pg';
import { Subject } from 'rxjs';
import type { RandomSource } from '#liaison/protocol';
import { encodeLogEntry, newLogEntry, type LogAct } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { Transaction } from '../records/submission.js';

/** The row of `log_head` orders whoever appends: it is the last lock that a transaction takes, or two could wait for each other. */
const APPEND_ACTS = `
  WITH grown AS (
    UPDATE log_head SET size = size + $1::int8 RETURNING size - $1::int8 AS first
  )
  INSERT INTO log_entries (index, at, leaf_hash, entry)
  SELECT grown.first + act.place - 1, act.at, act.leaf_hash, act.entry
  FROM grown, unnest($2::timestamptz[], $3::bytea[], $4::text[]) WITH ORDINALITY AS act (at, leaf_hash, entry, place)
  RETURNING index::float8 AS index`;

/**
 * The one way into the log for every act that is no event of a channel (those are logged by the sequencer's own statement). What is
 * appended is durable with the transaction, so before the caller is answered.
 */
export class LogAppender {
  /** After entries have become durable on this node. */
  readonly appended = new Subject<void>();

  constructor(
    private readonly pool: Pool,
    private readonly random: RandomSource,
  ) {}

  /**
   * Part of the transaction that does what the acts say, at its end. The caller says {@link committed} once it is durable.
   * @returns the index of the first; the others follow.
   */
  async append(transaction: Transaction, acts: readonly LogAct[]): Promise<number | undefined> {
    if (acts.length === 0) return undefined;
    const entries = acts.map((act) => encodeLogEntry(newLogEntry(act, this.random)));
    const { rows } = await transaction.query(APPEND_ACTS, [
      acts.length,
      acts.map(({ at }) => at),
      entries.map((entry) => Buffer.from(nodeTreeHashing.leafHash(entry))),
      entries.map((entry) => Buffer.from(entry).toString('utf8')),
    ]);
    return Math.min(...(rows as { readonly index: number }[]).map(({ index }) => index));
  }

  /** A transaction of its own, for an act that changes nothing else. */
  async appendAlone(acts: readonly LogAct[]): Promise<void> {
    await this.append(this.pool, acts);
    this.committed();
  }

  committed(): void {
    this.appended.next();
  }
}
