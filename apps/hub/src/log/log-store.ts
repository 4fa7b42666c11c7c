import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { parseTilePath, TILE_WIDTH, type LogReader, type Tile, type TilePlace } from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';
import { TileCache } from './tile-cache.js';

/** One statement, so one snapshot: a tile is either full by now or still part of the edge. */
const TILES = `
  SELECT coalesce(
    (SELECT hashes FROM log_tiles t WHERE t.level = asked.level AND t.index = asked.index),
    (SELECT nullif(levels[asked.level + 1], '') FROM log_edge
     WHERE div(size, (256::numeric ^ (asked.level + 1))) = asked.index)
  ) AS hashes
  FROM unnest($1::int4[], $2::int8[]) WITH ORDINALITY AS asked (level, index, place) ORDER BY place`;

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

  private readonly cache = new TileCache((places) => this.readTiles(places));

  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** The hashes end to end; undefined beyond the newest checkpoint. */
  async tile(tile: Tile): Promise<Uint8Array | undefined> {
    // Above level 6 a tree of fewer than 2^53 entries has nothing.
    return tile.level > 6 ? undefined : this.cache.tile(tile);
  }

  private async readTiles(places: readonly TilePlace[]): Promise<(Uint8Array | undefined)[]> {
    const { rows } = await this.pool.query<{ hashes: Buffer | null }>({
      name: 'log-tiles',
      text: TILES,
      values: [places.map(({ level }) => level), places.map(({ index }) => index)],
    });
    // A copy: what comes from the network shares its memory with more than the tile.
    return rows.map(({ hashes }) => (hashes === null ? undefined : new Uint8Array(hashes)));
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
    if (cosigned === 0) return this.checkpointWhere('newest', `(${NEWEST})`, [size]);
    return this.checkpointWhere('cosigned', `(${NEWEST_COSIGNED})`, [size, cosigned]);
  }

  async checkpoint(size: number): Promise<StoredCheckpoint | undefined> {
    return this.checkpointWhere('of-size', '$1', [size]);
  }

  private async checkpointWhere(
    which: string,
    size: string,
    values: readonly number[],
  ): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.pool.query<StoredCheckpoint>({
      name: `log-checkpoint-${which}`,
      text: `${CHECKPOINT}${size} GROUP BY c.size`,
      values: [...values],
    });
    return rows[0];
  }
}
