import pg from 'pg';
import { fromBase64url, type Receipt } from '#liaison/protocol';
import { mustCallHub } from '#liaison/testing';
import { decodeNote, decodeUntrustedCheckpoint, logOrigin, thresholdPolicy, verifierKey } from '#liaison/tlog';
import { checkLog } from '../../apps/hub/src/log/fsck.js';
import { pause } from './line.js';

/** Watches the log from outside while processes are killed: what it has seen signed, no crash may take back. */
export class LogWatch {
  /** By size: the text of the checkpoint, without signatures of witnesses. */
  private readonly seen = new Map<number, string>();
  private readonly forks: string[] = [];
  private watching = true;
  private readonly done: Promise<void>;

  constructor(private readonly url: string) {
    this.done = this.watch();
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      await this.look().catch(() => undefined);
      await pause(50);
    }
  }

  private async look(): Promise<void> {
    const { text } = decodeNote((await mustCallHub(this.url, 'getLogCheckpoint')) as string);
    const { size } = decodeUntrustedCheckpoint(text);
    const before = this.seen.get(size);
    if (before !== undefined && before !== text) this.forks.push(`Two checkpoints of ${size} entries were served.`);
    this.seen.set(size, text);
  }

  /** Everything that is wrong with the log now: as it is stored, against what was seen of it and what receipts promised. */
  async complaints(databaseUrl: string, receipts: readonly Receipt[]): Promise<string[]> {
    this.watching = false;
    await this.done;
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    try {
      const { faults } = await checkLog(pool, await this.policy());
      return [...this.forks, ...faults, ...(await this.forgotten(pool)), ...(await brokenPromises(pool, receipts))];
    } finally {
      await pool.end();
    }
  }

  get checkpoints(): number {
    return this.seen.size;
  }

  private async policy() {
    const { origin, logKey } = (await mustCallHub(this.url, 'getHub')) as { origin: string; logKey: string };
    return thresholdPolicy([verifierKey('log', logOrigin(origin), fromBase64url(logKey))], [], 0);
  }

  private async forgotten(pool: pg.Pool): Promise<string[]> {
    const { rows } = await pool.query<{ size: number; note: string }>(
      'SELECT size::float8 AS size, note FROM log_checkpoints WHERE size = ANY ($1::int8[])',
      [[...this.seen.keys()]],
    );
    const stored = new Map(rows.map(({ size, note }) => [size, decodeNote(note).text]));
    return [...this.seen]
      .filter(([size, text]) => stored.get(size) !== text)
      .map(([size]) => `The checkpoint of ${size} entries was served and is not what is stored.`);
  }
}

/** A receipt names the entry of its record. */
async function brokenPromises(pool: pg.Pool, receipts: readonly Receipt[]): Promise<string[]> {
  const { rows } = await pool.query<{ index: number; entry: string }>(
    'SELECT index::float8 AS index, entry FROM log_entries WHERE index = ANY ($1::int8[])',
    [receipts.map(({ index }) => index)],
  );
  const entries = new Map(rows.map(({ index, entry }) => [index, entry]));
  return receipts
    .filter(({ index, headerHash, id }) => {
      const entry = entries.get(index);
      return entry?.includes(`"headerHash":"${headerHash}"`) !== true || !entry.includes(`"record":"${id}"`);
    })
    .map(({ seq, index }) => `The receipt of record ${seq} names entry ${index}, which is not that of its record.`);
}
