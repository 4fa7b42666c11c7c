import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import type { LogMentions } from './log-mentions.js';

const LOOK_MS = 5_000;
const PRUNE_EVERY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Checkpoints that one statement deletes. */
const PRUNE_STEP = 5_000;

/**
 * What the log needs beside appending to it, in small steps: the index of names goes on, and checkpoints that nobody cosigned and
 * that are older than a day go, but for the last of each hour.
 */
export class LogUpkeep {
  private readonly timer: NodeJS.Timeout;
  private working: Promise<void> = Promise.resolve();
  private prunedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly mentions: LogMentions,
    private readonly onFault: (fault: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      this.working = this.working.then(() => this.work()).catch(this.onFault);
    }, LOOK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  /** One round: for tests, and every few seconds. */
  async work(): Promise<void> {
    await this.mentions.inIdleTime();
    const now = this.clock.now();
    if (now - this.prunedAt < PRUNE_EVERY_MS) return;
    this.prunedAt = now;
    await pruneCheckpoints(this.pool, now);
  }
}

/** @returns how many checkpoints went. */
export async function pruneCheckpoints(pool: Pool, now: number): Promise<number> {
  let pruned = 0;
  for (let step = PRUNE_STEP; step === PRUNE_STEP; pruned += step) {
    const { rows } = await pool.query<{ gone: number }>('SELECT prune_log_checkpoints($1, $2)::float8 AS gone', [
      new Date(now - DAY_MS),
      PRUNE_STEP,
    ]);
    step = rows[0]?.gone ?? 0;
  }
  return pruned;
}
