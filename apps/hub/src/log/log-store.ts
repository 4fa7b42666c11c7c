import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { parseTilePath, TILE_WIDTH, type LogReader, type Tile } from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';

const HASH_BYTES = 32;

/** One statement, so one snapshot: a tile is either full by now or still part of the edge. */
const TILE = `
  SELECT substring(hashes FOR $3) AS hashes FROM log_tiles WHERE level = $1 AND index = $2
  UNION ALL
  SELECT substring(levels[$1 + 1] FOR $3) FROM log_edge
  WHERE div(size, (256::numeric ^ ($1 + 1))) = $2 AND length(levels[$1 + 1]) >= $3`;

const NEWEST = `SELECT max(size) FROM log_checkpoints WHERE size >= $1`;
const NEWEST_COSIGNED = `
  SELECT size FROM log_cosignatures WHERE size >= $1 GROUP BY size HAVING count(DISTINCT witness) >= $2
  ORDER BY size DESC LIMIT 1`;
const CHECKPOINT = `
  SELECT c.size::float8 AS size, c.note, coalesce(string_agg(s.line, '' ORDER BY s.witness, s.key_id), '') AS lines
  FROM log_checkpoints c LEFT JOIN log_cosignatures s ON s.size = c.size WHERE c.size = `;

export interface StoredCheckpoint {
  readonly size: number;
  /** As the log signed it. */
  readonly note: string;
  /** Signature lines of witnesses. */
  readonly lines: string;
}

export interface StoredEntry {
  readonly index: number;
  readonly entry: string;
}

/** Reads the log. Who may see what is decided by the caller. */
@Injectable()
export class LogStore {
  /** The tiles by their paths. */
  readonly tiles: LogReader = {
    read: async (path) => {
      const parsed = parseTilePath(path);
      return parsed.kind === 'tile' ? this.tile(parsed.tile) : undefined;
    },
  };

  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** The hashes end to end; undefined beyond the newest checkpoint. */
  async tile({ level, index, width }: Tile): Promise<Uint8Array | undefined> {
    // Above level 6 a tree of fewer than 2^53 entries has nothing.
    if (level > 6) return undefined;
    const { rows } = await this.pool.query<{ hashes: Buffer }>({
      name: 'log-tile',
      text: TILE,
      values: [level, index, width * HASH_BYTES],
    });
    return rows[0]?.hashes;
  }

  /** Entries of a level-0 tile, as far as the newest checkpoint reaches; undefined where the tile is not that wide. */
  async bundle(index: number, width: number): Promise<readonly StoredEntry[] | undefined> {
    const covered = await this.tile({ level: 0, index, width });
    if (covered === undefined) return undefined;
    const first = index * TILE_WIDTH;
    return this.entries(first, first + width);
  }

  /** From `from` on, without `until`. */
  async entries(from: number, until: number): Promise<StoredEntry[]> {
    const { rows } = await this.pool.query<StoredEntry>({
      name: 'log-entries',
      text: 'SELECT index::float8 AS index, entry FROM log_entries WHERE index >= $1 AND index < $2 ORDER BY index',
      values: [from, until],
    });
    return rows;
  }

  /** How many entries there are. */
  async size(): Promise<number> {
    const { rows } = await this.pool.query<{ size: number }>('SELECT size::float8 AS size FROM log_head');
    return rows[0]?.size ?? 0;
  }

  /** When an entry was made, in milliseconds since 1970. */
  async timeOf(index: number): Promise<number> {
    const { rows } = await this.pool.query<{ at: Date }>('SELECT at FROM log_entries WHERE index = $1', [index]);
    return rows[0]?.at.getTime() ?? Number.POSITIVE_INFINITY;
  }

  /** The newest of at least `size` entries that so many witnesses have cosigned. */
  async newestCheckpoint(size: number, cosigned: number): Promise<StoredCheckpoint | undefined> {
    const [newest, values] = cosigned === 0 ? [NEWEST, [size]] : [NEWEST_COSIGNED, [size, cosigned]];
    return this.checkpointWhere(`(${newest})`, values);
  }

  async checkpoint(size: number): Promise<StoredCheckpoint | undefined> {
    return this.checkpointWhere('$1', [size]);
  }

  private async checkpointWhere(size: string, values: readonly number[]): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.pool.query<StoredCheckpoint>(`${CHECKPOINT}${size} GROUP BY c.size`, [...values]);
    return rows[0];
  }
}
