import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LiaisonError } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { inTransaction } from '../database/in-transaction.js';
import type { StoredEntry } from './log-store.js';

/** Entries that one transaction indexes, and steps that one question waits for: what is left then is for the next. */
const STEP = 5_000;
const STEPS = 8;
const RETRY_MS = 250;
/** What is indexed at a time while nobody asks: a hub that is busy does that later. */
const IDLE_STEP = 1_000;

const HEAD = 'SELECT size::float8 AS size FROM log_mentions_head FOR UPDATE';
/** `$2` is not beyond the end that this statement's own snapshot shows, or entries could be passed over. */
const ADD = `
  WITH reach AS (SELECT least($2::int8, size) AS size FROM log_head), added AS (
    INSERT INTO log_mentions (name, index)
    SELECT named.name, l.index FROM log_entries l CROSS JOIN LATERAL log_mentions_of(l.entry::jsonb) AS named (name)
    WHERE l.index >= $1 AND l.index < least($2::int8, (SELECT size FROM reach))
  )
  UPDATE log_mentions_head SET size = greatest(log_mentions_head.size, reach.size) FROM reach
  RETURNING log_mentions_head.size::float8 AS size`;

/** Walks the index of one name: however long the log, a page costs what it shows. */
export const MENTIONED = `
  SELECT m.index::float8 AS index, e.entry FROM log_mentions m JOIN log_entries e ON e.index = m.index
  WHERE m.name = $1 AND m.index >= $2 AND m.index < $3 ORDER BY m.index LIMIT $4`;

/**
 * Which entries name an officer or a record. Made of the log after the fact, when it is asked for and when there is time: what
 * appends to the log does not wait for it.
 */
@Injectable()
export class LogMentions {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /**
   * Brings the index up to the first `size` entries.
   * @throws LiaisonError `try-again` (LOG-29) where that takes longer than a question may: it goes on where it was.
   */
  async require(size: number): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) if ((await this.step()) >= size) return;
    throw new LiaisonError('try-again', 'The index of the log is still being made. Ask again in a moment.', {
      check: 'LOG-29',
      retryAfterMs: RETRY_MS,
    });
  }

  async inIdleTime(): Promise<void> {
    await this.step(IDLE_STEP);
  }

  /** Indexes some more. @returns how many entries of the log are indexed now. */
  private step(most = STEP): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const before = (await client.query<{ size: number }>(HEAD)).rows[0]?.size ?? 0;
      const { rows } = await client.query<{ size: number }>(ADD, [before, before + most]);
      return rows[0]?.size ?? before;
    });
  }

  /** Entries from `from` on, without `until`, that name it: `contact point:officer`, or a record's id. At most `limit`. */
  async of(name: string, { from, until, limit }: Stretch): Promise<StoredEntry[]> {
    const { rows } = await this.pool.query<StoredEntry>({
      name: 'log-mentioned',
      text: MENTIONED,
      values: [name, from, until, limit],
    });
    return rows;
  }
}

interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly limit: number;
}
