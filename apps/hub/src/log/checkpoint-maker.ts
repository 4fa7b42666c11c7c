import type { Pool, PoolClient } from 'pg';
import type { SigningKey } from '#liaison/crypto';
import { LiaisonError, type Clock } from '#liaison/protocol';
import { edgeRoot, growEdge, HASH_BYTES, signCheckpoint, type TileEdge, type WrittenTile } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { inTransaction } from '../database/in-transaction.js';

/** Entries that one transaction hashes: after a long outage the edge catches up in steps. */
const STEP = 16_384;

const EDGE = 'SELECT size::float8 AS size, levels FROM log_edge FOR UPDATE';
/** One value, end to end: a row for each would cost this process more than the hashing. */
const LEAVES = `
  SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) AS hashes FROM log_entries
  WHERE index >= $1 AND index < least($1::int8 + $2::int8, (SELECT size FROM log_head))`;
const TILES = `
  INSERT INTO log_tiles (level, index, hashes) SELECT * FROM unnest($1::int4[], $2::int8[], $3::bytea[])`;

/**
 * Hashes what has been appended into the tree and signs it. Tiles, right edge and checkpoint of a size are stored in one transaction
 * under the lock of the edge's row: there is one checkpoint of a size, whichever node signs it and wherever one crashes.
 */
export class CheckpointMaker {
  constructor(
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly log: {
      readonly origin: string;
      readonly key: SigningKey;
      /** While the key is being changed: signs beside it. */
      readonly nextKey?: SigningKey | undefined;
    },
  ) {}

  /** Resolves when a checkpoint covers every entry that was durable at the call. */
  async catchUp(): Promise<void> {
    while ((await inTransaction(this.pool, (client) => this.step(client))) === STEP);
  }

  /** @returns how many entries were hashed. */
  private async step(client: PoolClient): Promise<number> {
    const [before] = (await client.query<{ size: number; levels: Buffer[] }>(EDGE)).rows;
    if (before === undefined) throw new LiaisonError('internal', 'The log has lost its edge.');
    const { rows } = await client.query<{ hashes: Buffer | null }>(LEAVES, [before.size, STEP]);
    const leaves = rows[0]?.hashes;
    if (!leaves) return 0;
    const { edge, full } = growEdge(before, leaves, nodeTreeHashing);
    await this.store(client, edge, full);
    return leaves.length / HASH_BYTES;
  }

  private async store(client: PoolClient, edge: TileEdge, full: readonly WrittenTile[]): Promise<void> {
    if (full.length > 0) {
      const hashes = full.map(({ bytes }) => Buffer.from(bytes));
      await client.query(TILES, [full.map(({ level }) => level), full.map(({ index }) => index), hashes]);
    }
    const levels = edge.levels.map((bytes) => Buffer.from(bytes));
    await client.query('UPDATE log_edge SET size = $1, levels = $2', [edge.size, levels]);
    const { origin, key, nextKey } = this.log;
    const root = edgeRoot(edge, nodeTreeHashing);
    const note = signCheckpoint({ origin, size: edge.size, root, extensions: [] }, key, ...(nextKey ? [nextKey] : []));
    await client.query('INSERT INTO log_checkpoints (size, note, at) VALUES ($1, $2, $3)', [
      edge.size,
      note,
      new Date(this.clock.now()),
    ]);
  }
}
