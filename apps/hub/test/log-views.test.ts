import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { cryptoReady, signingKeyFromSeed } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { startTestPostgres, type TestPostgres } from '#liaison/testing';
import { decodeLogEntry, thresholdPolicy, verifierKey } from '#liaison/tlog';
import { Log1763000200000 } from '../../../migrations/1763000200000-log.js';
import { MIGRATIONS } from '../../../migrations/index.js';
import { migrate } from '../src/database/migrate.js';
import { CheckpointMaker } from '../src/log/checkpoint-maker.js';
import { checkLog } from '../src/log/fsck.js';
import { LogAppender } from '../src/log/log-appender.js';
import { LogMentions, MENTIONED } from '../src/log/log-mentions.js';
import { pruneCheckpoints } from '../src/log/log-upkeep.js';
import { startLog } from '../src/log/start-log.js';
import { startTestDatabase, type TestDatabase } from './channels-database.js';

const ORIGIN = 'hub.example/v1/log';
const HOUR = 60 * 60 * 1000;
const key = () => signingKeyFromSeed(new Uint8Array(32).fill(7));
const policy = () => thresholdPolicy([verifierKey('log', ORIGIN, key().publicKey)], [], 0);
const SINCE_THE_LOG = MIGRATIONS.slice(MIGRATIONS.indexOf(Log1763000200000));
const RECORD = '019aa8b2-7c00-7a4e-9f10-000000000007';

/** Entries as they would be written, by SQL: a log of any length in a moment. Every 100th names the record. */
const FILL = `
  WITH made AS (
    SELECT i AS index, '2026-11-21T18:00:00.000Z'::timestamptz AS at,
      '{"actor":"bg:officer-' || i % 500 || ':desk-1","at":"2026-11-21T18:00:00.000Z","salt":"xkwTHyN4XyhQEVywotoXMQ","subject":{'
      || CASE WHEN i % 100 = 0 THEN '"channel":"019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a","record":"${RECORD}"},"type":"record.opened"'
         ELSE '"device":"bg:officer-' || i % 500 || ':desk-1"},"type":"session.started"' END || ',"v":1}' AS entry
    FROM generate_series($1::int8, $2::int8) i
  ) INSERT INTO log_entries SELECT index, at, sha256('\\x00'::bytea || convert_to(entry, 'UTF8')), entry FROM made`;

beforeAll(() => cryptoReady());

describe('the index of who and what entries name', () => {
  let database: TestDatabase;
  let mentions: LogMentions;
  beforeAll(async () => {
    database = await startTestDatabase();
    mentions = new LogMentions(database.pool);
    await database.owner.query(FILL, [0, 49_999]);
    await database.owner.query('UPDATE log_head SET size = 50000');
  });
  afterAll(() => database.stop());

  it('LOG-29 asks for patience while it is being made, goes on where it was, and is then whole', async () => {
    await expect(mentions.require(50_000)).rejects.toMatchObject({
      code: 'try-again',
      details: { check: 'LOG-29', retryAfterMs: expect.any(Number) },
    });
    await mentions.require(50_000);
    const stretch = { from: 0, until: 50_000, limit: 1_000 };
    expect(await mentions.of(RECORD, stretch)).toHaveLength(500);
    const ofOfficer = await mentions.of('bg:officer-7', stretch);
    expect(ofOfficer.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, nth) => 7 + nth * 500));
    expect((await mentions.of('bg:officer-7', { ...stretch, from: 508, limit: 2 })).map(({ index }) => index)).toEqual([
      1007, 1507,
    ]);
  });

  it('is made once where two hub processes are asked at the same time', async () => {
    await database.owner.query(FILL, [50_000, 59_999]);
    await database.owner.query('UPDATE log_head SET size = 60000');
    const others = [1, 2, 3].map(() => new LogMentions(database.anotherPool()));
    await Promise.all(others.map((each) => each.require(60_000)));
    const { rows } = await database.pool.query('SELECT size::int4 AS size FROM log_mentions_head');
    expect(rows).toEqual([{ size: 60_000 }]);
    expect(await mentions.of('bg:officer-7', { from: 50_000, until: 60_000, limit: 1_000 })).toHaveLength(20);
  });

  it('answers by walking along it: no scan, no sort', async () => {
    await database.owner.query('ANALYZE log_mentions, log_entries');
    const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${MENTIONED}`, [
      'bg:officer-7',
      0,
      60_000,
      100,
    ]);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan using log_mentions_pkey/);
    expect(plan).toMatch(/Index Scan using log_entries_pkey/);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });
});

describe('the migrations of the log, on a database that has rows already', () => {
  let database: TestPostgres;
  beforeAll(async () => {
    database = await startTestPostgres();
  });
  afterAll(() => database.stop());

  async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Back to the schema of before the log, then records, a commit and a proposal as that hub stored them. */
  it('give every event its entry, and index what there is', async () => {
    await asOwner(async (owner) => {
      const runner = { query: (sql: string) => owner.query(sql) } as never;
      for (const Migration of SINCE_THE_LOG.toReversed()) await new Migration().down(runner);
      for (const { name } of SINCE_THE_LOG) await owner.query('DELETE FROM schema_migrations WHERE name = $1', [name]);
      await owner.query(`
        INSERT INTO channel_events (channel, seq, type, at, chain, epoch, sender, weight, record_id, classification, header,
          header_hash, body_hash, mls, signature, payload, payload_hash)
        SELECT ('019aa8b0-1000-7c3d-8a21-00000000000' || c)::uuid, s, 'record', '2026-11-21T18:00:00Z'::timestamptz + s * interval '1 second',
          '', 0, 'bg:petrova:desk-1', 1, ('019aa8b2-7c00-7a4e-9f1' || c || '-' || lpad(s::text, 12, '0'))::uuid, 'RESTRICTED', '{}',
          sha256(s::text::bytea), '', '', '', NULL, NULL
        FROM generate_series(1, 2) c, generate_series(1, 200) s`);
      await owner.query(`
        INSERT INTO record_bodies SELECT channel, seq, 'RESTRICTED', '' FROM channel_events`);
      await owner.query(`
        INSERT INTO channel_events (channel, seq, type, at, chain, epoch, sender, weight, payload, payload_hash)
        VALUES ('019aa8b0-1000-7c3d-8a21-000000000001', 201, 'commit', now(), '', 0, 'hu:nagy:desk-1', 1, 'x', 'x'),
          ('019aa8b0-1000-7c3d-8a21-000000000001', 202, 'proposal', now(), '', 0, 'hub', 1, 'y', 'y')`);
    });
    expect(await migrate(database.ownerUrl)).toEqual(SINCE_THE_LOG.map(({ name }) => name));
    const pool = new pg.Pool({ connectionString: database.appUrl, max: 2 });
    const identity = { origin: ORIGIN, key: key() };
    await startLog(pool, new LogAppender(pool, systemRandom), identity, '2026-11-21T18:00:00.000Z');
    await new CheckpointMaker(pool, systemClock, identity).catchUp();
    expect(await checkLog(pool, policy())).toMatchObject({ entries: 402, events: 402, faults: [] });
    const { rows } = await pool.query<{ entry: string }>('SELECT entry FROM log_entries ORDER BY index');
    for (const { entry } of rows) expect(() => decodeLogEntry(new TextEncoder().encode(entry))).not.toThrow();
    const mentioned = await new LogMentions(pool).of('bg:petrova', { from: 0, until: 402, limit: 1_000 });
    expect(mentioned).toHaveLength(400);
    await pool.end();
  });
});

describe('old checkpoints', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
    await database.owner.query(`
      INSERT INTO log_checkpoints SELECT i, 'note ' || i, '2026-11-21T00:00:00Z'::timestamptz + i * interval '10 minutes'
      FROM generate_series(1, 300) i`);
    await database.owner.query(`INSERT INTO log_cosignatures VALUES (8, 'w', 'k', 'line', now())`);
  });
  afterAll(() => database.stop());

  it('are not deleted by hand: the cosigned, the last of an hour, the last day, the newest', async () => {
    for (const size of [8, 5, 11, 290, 300]) {
      await expect(database.owner.query(`DELETE FROM log_checkpoints WHERE size = ${size}`)).rejects.toThrow();
    }
    await expect(database.pool.query('DELETE FROM log_checkpoints WHERE size = 7')).rejects.toThrow(
      'permission denied',
    );
  });

  it('go where nobody cosigned them and an hour has a later one; after a day', async () => {
    const end = Date.parse('2026-11-21T00:00:00Z') + 300 * 10 * 60 * 1000;
    expect(await pruneCheckpoints(database.pool, end)).toBeGreaterThan(100);
    const { rows } = await database.pool.query<{ size: number; at: Date }>(
      'SELECT size::int4 AS size, at FROM log_checkpoints ORDER BY size',
    );
    const old = rows.filter(({ at }) => at.getTime() < end - 24 * HOUR);
    expect(old.map(({ size }) => size)).toEqual([5, 8, ...Array.from({ length: 25 }, (_, hour) => 11 + 6 * hour)]);
    expect(rows.length - old.length).toBe(145);
    expect(await pruneCheckpoints(database.pool, end)).toBe(0);
  });
});
