import type { Pool, PoolClient } from 'pg';
import { concatBytes, equalBytes, utf8 } from '#liaison/protocol';
import {
  decodeLogEntry,
  EMPTY_EDGE,
  edgeRoot,
  growEdge,
  isRecordType,
  tilePath,
  verifyCheckpoint,
  type TileEdge,
  type WitnessPolicy,
  type WrittenTile,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { checkEvents } from './fsck-events.js';

/** What a check of the whole log found. `faults` in plain words, at most {@link MOST_FAULTS}; none: all is well. */
export interface LogCheck {
  readonly entries: number;
  readonly checkpoints: number;
  readonly events: number;
  /** Records whose body retention erased. */
  readonly erased: number;
  readonly faults: readonly string[];
}

const MOST_FAULTS = 100;

/** Told how many entries were hashed, of how many. */
export type OnProgress = (done: number, total: number) => void;

const STRIDE = 2_048;

interface EntryRow {
  readonly index: number;
  readonly at: Date;
  readonly leaf_hash: Buffer;
  readonly entry: string;
}

/** Re-reads a whole log as it is stored, at one moment, and recomputes all that follows from its entries. The hub may be at work. */
export async function checkLog(
  pool: Pool,
  policy: WitnessPolicy,
  onProgress: OnProgress = () => undefined,
): Promise<LogCheck> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return await new LogChecking(client, policy, onProgress).run();
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

class LogChecking {
  private readonly faults: string[] = [];
  private edge: TileEdge = EMPTY_EDGE;
  private eventEntries = 0;
  private checkpoints = 0;
  private size = 0;

  constructor(
    private readonly client: PoolClient,
    private readonly policy: WitnessPolicy,
    private readonly onProgress: OnProgress,
  ) {}

  async run(): Promise<LogCheck> {
    const size = await this.number('SELECT size::float8 AS value FROM log_head');
    this.size = size;
    const signed = await this.signedSizes();
    for (const end of signed) await this.growTo(end, true);
    const hashed = this.edge;
    await this.growTo(size, false);
    await this.checkEdge(hashed, signed.at(-1) ?? 0);
    const beyond = await this.number('SELECT count(*)::float8 AS value FROM log_entries WHERE index >= $1', [size]);
    if (beyond > 0) this.fault(`${beyond} entries stand beyond the end of the log.`);
    const { events, erased, faults } = await checkEvents(this.client, this.eventEntries);
    for (const fault of faults) this.fault(fault);
    return { entries: size, checkpoints: this.checkpoints, events, erased, faults: this.faults };
  }

  private async signedSizes(): Promise<number[]> {
    const { rows } = await this.client.query<{ size: number }>(
      'SELECT size::float8 AS size FROM log_checkpoints ORDER BY size',
    );
    return rows.map(({ size }) => size);
  }

  /** Reads and hashes the entries up to `end`. `isSigned`: a checkpoint says what the root is there, and full tiles are stored. */
  private async growTo(end: number, isSigned: boolean): Promise<void> {
    while (this.edge.size < end) {
      const before = this.edge.size;
      const rows = await this.entries(before, Math.min(end, before + STRIDE));
      if (rows.length === 0) {
        this.fault(`The log ends at ${before}; its head says more.`);
        return;
      }
      const leaves = rows.map((row, offset) => this.leafOf(row, before + offset));
      const { edge, full } = growEdge(this.edge, concatBytes(...leaves), nodeTreeHashing);
      this.edge = edge;
      this.onProgress(edge.size, this.size);
      if (isSigned) for (const tile of full) await this.checkTile(tile);
    }
    if (isSigned) await this.checkCheckpoint(end);
  }

  private async entries(from: number, until: number): Promise<EntryRow[]> {
    const { rows } = await this.client.query<EntryRow>(
      `SELECT index::float8 AS index, at, leaf_hash, entry FROM log_entries WHERE index >= $1 AND index < $2 ORDER BY index`,
      [from, until],
    );
    return rows;
  }

  private leafOf({ index, at, leaf_hash: stored, entry }: EntryRow, place: number): Uint8Array {
    if (index !== place) this.fault(`Entry ${place} is missing or stands twice.`);
    const bytes = utf8(entry);
    const leaf = nodeTreeHashing.leafHash(bytes);
    if (!equalBytes(leaf, stored)) this.fault(`Entry ${index} is not what was hashed.`);
    try {
      const decoded = decodeLogEntry(bytes);
      if (decoded.at !== at.toISOString()) this.fault(`Entry ${index} was stored with another time.`);
      const isOfEvent = decoded.subject.device === undefined && decoded.type === 'commit.ordered';
      if (isOfEvent || isRecordType(decoded.type) || decoded.type === 'removal.proposed') this.eventEntries += 1;
    } catch {
      this.fault(`Entry ${index} is not of the documented form.`);
    }
    return leaf;
  }

  private async checkTile(tile: WrittenTile): Promise<void> {
    const { rows } = await this.client.query<{ hashes: Buffer }>(
      'SELECT hashes FROM log_tiles WHERE level = $1 AND index = $2',
      [tile.level, tile.index],
    );
    if (rows[0] === undefined || !equalBytes(rows[0].hashes, tile.bytes)) {
      this.fault(`The ${tilePath(tile)} is missing or not what its leaves make.`);
    }
  }

  private async checkCheckpoint(size: number): Promise<void> {
    const { rows } = await this.client.query<{ note: string }>(
      `SELECT c.note || coalesce((SELECT string_agg(line, '' ORDER BY witness) FROM log_cosignatures s WHERE s.size = c.size), '')
         AS note FROM log_checkpoints c WHERE c.size = $1`,
      [size],
    );
    this.checkpoints += 1;
    const verified = verifyCheckpoint({ note: rows[0]?.note ?? '', policy: this.policy });
    if (verified.outcome !== 'ok') this.fault(`The checkpoint of ${size} entries: ${verified.message}`);
    else if (verified.checkpoint.size !== size || !equalBytes(verified.checkpoint.root, this.root())) {
      this.fault(`The checkpoint of ${size} entries has another root than the entries make.`);
    }
  }

  private root(): Uint8Array {
    return edgeRoot(this.edge, nodeTreeHashing);
  }

  private async checkEdge(hashed: TileEdge, signed: number): Promise<void> {
    const { rows } = await this.client.query<{ size: number; levels: Buffer[] }>(
      'SELECT size::float8 AS size, levels FROM log_edge',
    );
    const [stored] = rows;
    const isSame =
      stored !== undefined &&
      stored.size === hashed.size &&
      stored.size === signed &&
      stored.levels.length === hashed.levels.length &&
      stored.levels.every((bytes, level) => equalBytes(bytes, hashed.levels[level] ?? new Uint8Array(0)));
    if (!isSame) this.fault('The right edge of the tree is not what the entries make at the newest checkpoint.');
    const full = [1, 2, 3, 4, 5, 6, 7].reduce((count, level) => count + Math.floor(hashed.size / 256 ** level), 0);
    const tiles = await this.number('SELECT count(*)::float8 AS value FROM log_tiles');
    if (tiles !== full) this.fault(`There are ${tiles} full tiles where the size makes ${full}.`);
  }

  private async number(sql: string, values: unknown[] = []): Promise<number> {
    const { rows } = await this.client.query<{ value: number }>(sql, values);
    return rows[0]?.value ?? 0;
  }

  private fault(message: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(message);
  }
}
