import type { Pool } from 'pg';
import { Subject } from 'rxjs';
import { fromUtf8, type RandomSource } from '#liaison/protocol';
import { encodeLogEntry, HASH_BYTES, newLogEntry, SALT_BYTES, type LogAct } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { inTransaction } from '../database/in-transaction.js';
import type { Transaction } from '../records/submission.js';

/** The row of `log_head` orders whoever appends: it is the last lock that a transaction takes, or two could wait for each other. */
const APPEND_ACTS = `
  WITH grown AS (
    UPDATE log_head SET size = size + $1::int8 RETURNING size - $1::int8 AS first
  ), logged AS (
    INSERT INTO log_entries (index, at, leaf_hash, entry)
    SELECT grown.first + act.place - 1, act.at, substring($3::bytea FROM (${HASH_BYTES} * (act.place - 1) + 1)::int4 FOR ${HASH_BYTES}), act.entry
    FROM grown, unnest($2::timestamptz[], $4::text[]) WITH ORDINALITY AS act (at, entry, place)
  )
  SELECT first::float8 AS first FROM grown`;

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
    const entries = saltedEntries(acts, this.random);
    const { rows } = await transaction.query(APPEND_ACTS, [
      acts.length,
      acts.map(({ at }) => at),
      leafHashes(entries),
      entries.map(fromUtf8),
    ]);
    return (rows as { readonly first: number }[])[0]?.first;
  }

  /** A transaction of its own, for an act that changes nothing else. */
  async appendAlone(acts: readonly LogAct[]): Promise<void> {
    await this.append(this.pool, acts);
    this.committed();
  }

  /**
   * Writes a row that nobody writes twice, and the act with it.
   * @param insert with ON CONFLICT DO NOTHING. @returns false where the row was there: nothing is logged then.
   */
  async insertOnce(insert: string, values: readonly unknown[], act: LogAct): Promise<boolean> {
    const isAdded = await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(insert, [...values]);
      if (rowCount === 0) return false;
      await this.append(client, [act]);
      return true;
    });
    if (isAdded) this.committed();
    return isAdded;
  }

  committed(): void {
    this.appended.next();
  }
}

/** Random bytes are asked for once: each time costs as much as an entry. */
function saltedEntries(acts: readonly LogAct[], random: RandomSource): Uint8Array[] {
  const salts = random.bytes(SALT_BYTES * acts.length);
  return acts.map((act, place) => {
    const bytes = (length: number) => salts.subarray(place * length, (place + 1) * length);
    return encodeLogEntry(newLogEntry(act, { bytes }));
  });
}

/** End to end: one value travels in binary, many as text. */
function leafHashes(entries: readonly Uint8Array[]): Buffer {
  const hashes = Buffer.allocUnsafe(HASH_BYTES * entries.length);
  for (const [place, entry] of entries.entries()) nodeTreeHashing.putLeafHash(hashes, place * HASH_BYTES, entry);
  return hashes;
}
