import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { signingKeyFromSeed, type SigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { ChannelId, LiaisonError, Receipt, RecordEnvelope } from '#liaison/protocol';
import { type LogAct, thresholdPolicy, verifierKey, type WitnessPolicy } from '#liaison/tlog';
import { ChannelStates } from '../src/channels/channel-states.js';
import { Cursors } from '../src/channels/cursors.js';
import { CheckpointMaker } from '../src/log/checkpoint-maker.js';
import { checkLog } from '../src/log/fsck.js';
import { LogAppender } from '../src/log/log-appender.js';
import { startLog } from '../src/log/start-log.js';
import { EventFeed } from '../src/records/event-feed.js';
import { inTransaction } from '../src/database/in-transaction.js';
import { PostgresLedger } from '../src/records/postgres-ledger.js';
import { RecordAdmission } from '../src/records/record-admission.js';
import { RecordReader } from '../src/records/record-reader.js';
import { RecordSubmission } from '../src/records/record-submission.js';
import { Sequencer } from '../src/records/sequencer.js';
import { startTestDatabase, type TestDatabase } from './channels-database.js';
import { fabricateRecord, insertChannel, testDevice, type TestDevice } from './fabricated-records.js';

const ORIGIN = 'hub.example/v1/log';
const petrova = testDevice('bg:petrova:desk-1');
const nagy = testDevice('hu:nagy:desk-1');
let database: TestDatabase;
let key: SigningKey;
let policy: WitnessPolicy;

beforeAll(async () => {
  key = signingKeyFromSeed(new Uint8Array(32).fill(7));
  policy = thresholdPolicy([verifierKey('log', ORIGIN, key.publicKey)], [], 0);
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** What of a hub process touches the log: records, cursors, other acts, checkpoints. */
function startNode(pool: Pool) {
  const feed = new EventFeed((fault) => {
    throw fault;
  });
  const meter = { committed: () => undefined, failed: () => undefined, unheard: () => undefined };
  const appender = new LogAppender(pool, systemRandom);
  const sequencer = new Sequencer(new PostgresLedger(pool, systemRandom, appender), feed, systemClock, meter);
  const admission = new RecordAdmission(new ChannelStates(pool), systemClock);
  const submission = new RecordSubmission(admission, sequencer, new RecordReader(pool));
  const submit = (sender: TestDevice, { header, body, mls, signature }: RecordEnvelope) =>
    new Promise<Receipt>((receipt, refused) => {
      const received = { header, body, mls, signature };
      submission.submit({ caller: sender.proof, received }, { receipt, refused });
    });
  const maker = new CheckpointMaker(pool, systemClock, { origin: ORIGIN, key });
  return { submit, appender, maker, cursors: new Cursors(pool, systemClock, appender) };
}

type Node = ReturnType<typeof startNode>;

function act(device: TestDevice): LogAct {
  const at = new Date(systemClock.now()).toISOString();
  return { type: 'session.started', at, actor: device.proof.device, subject: { device: device.proof.device } };
}

/** Records into all channels, cursors behind them, acts and checkpoints, all at once. @returns receipts. */
async function load(node: Node, channels: readonly ChannelId[], waves: number): Promise<Receipt[]> {
  const all: Promise<Receipt[]>[] = [];
  for (let wave = 0; wave < waves; wave += 1) {
    const sent = channels.flatMap((channel) =>
      [petrova, nagy].map((sender) => node.submit(sender, fabricateRecord(sender, channel))),
    );
    all.push(Promise.all(sent));
    const work = [node.appender.appendAlone([act(petrova), act(nagy)]), node.maker.catchUp()];
    await Promise.race([...sent, ...work]);
    const [receipt] = await Promise.all(sent);
    if (receipt !== undefined) void node.cursors.move(nagy.proof.device, receipt.channel, receipt.seq);
    await Promise.all(work);
  }
  await node.cursors.drain();
  return (await Promise.all(all)).flat();
}

async function entryAt(index: number): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ entry: string }>('SELECT entry FROM log_entries WHERE index = $1', [
    index,
  ]);
  return rows[0]?.entry;
}

describe('the log of hub processes on one database', () => {
  it('begins once, however many start together', async () => {
    const starts = [1, 2, 3].map(() => {
      const pool = database.anotherPool();
      return startLog(pool, new LogAppender(pool, systemRandom), { origin: ORIGIN, key }, '2026-11-21T18:00:00.000Z');
    });
    await Promise.all(starts);
    expect(await checkLog(database.pool, policy)).toMatchObject({ entries: 1, faults: [] });
  });

  it('never forks, skips or doubles under load, and every receipt names its entry', async () => {
    const channels = await Promise.all([1, 2, 3].map(() => insertChannel(database.pool, [petrova, nagy])));
    const nodes = [1, 2, 3].map(() => startNode(database.anotherPool()));
    const receipts = (await Promise.all(nodes.map((node) => load(node, channels, 25)))).flat();
    await nodes[0]!.maker.catchUp();
    const check = await checkLog(database.pool, policy);
    expect(check.faults).toEqual([]);
    expect(check.events).toBe(450);
    // Acts of 25 waves, and log.started.
    expect(check.entries).toBeGreaterThan(450 + 3 * 25 * 2);
    expect(check.checkpoints).toBeGreaterThan(5);
    expect(new Set(receipts.map(({ index }) => index)).size).toBe(450);
    for (const { index, headerHash, seq } of receipts) {
      expect(await entryAt(index)).toMatch(new RegExp(`"headerHash":"${headerHash}".*"seq":${seq}}`));
    }
  });

  it('grows by nothing where the transaction fails: record and entry stand or fall together', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const node = startNode(database.pool);
    await node.submit(petrova, fabricateRecord(petrova, channel));
    const before = await checkLog(database.pool, policy);
    await database.owner.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$`,
    );
    for (const table of ['record_bodies', 'log_entries']) {
      await database.owner.query(
        `CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
      );
      const lost = node.submit(petrova, fabricateRecord(petrova, channel));
      await expect(lost).rejects.toMatchObject({ code: 'unavailable' } satisfies Partial<LiaisonError>);
      await database.owner.query(`DROP TRIGGER fail ON ${table}`);
    }
    await database.owner.query('DROP FUNCTION fail()');
    expect(await checkLog(database.pool, policy)).toEqual(before);
    await node.submit(petrova, fabricateRecord(petrova, channel));
    expect(await checkLog(database.pool, policy)).toMatchObject({ faults: [], events: before.events + 1 });
  });

  it('is refused to a hub process with another key or origin', async () => {
    await startNode(database.pool).maker.catchUp();
    const appender = new LogAppender(database.pool, systemRandom);
    const other = signingKeyFromSeed(new Uint8Array(32).fill(8));
    for (const identity of [
      { origin: ORIGIN, key: other },
      { origin: 'other.example/v1/log', key },
    ]) {
      await expect(startLog(database.pool, appender, identity, '2026-11-21T18:00:00.000Z')).rejects.toMatchObject({
        code: 'unavailable',
      });
    }
  });
});

describe('the check of a log', () => {
  /** In a transaction that is rolled back: the log must be found broken, then be whole again. */
  async function foundAfter(sql: string): Promise<readonly string[]> {
    const tampered = await startTestDatabase();
    const node = startNode(tampered.pool);
    await startLog(tampered.pool, node.appender, { origin: ORIGIN, key }, '2026-11-21T18:00:00.000Z');
    const channel = await insertChannel(tampered.pool, [petrova]);
    await Promise.all(Array.from({ length: 300 }, () => node.submit(petrova, fabricateRecord(petrova, channel))));
    await node.maker.catchUp();
    expect((await checkLog(tampered.pool, policy)).faults).toEqual([]);
    for (const table of [
      'log_entries',
      'log_tiles',
      'log_checkpoints',
      'log_head',
      'log_edge',
      'channel_events',
      'record_bodies',
    ]) {
      await tampered.owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    }
    await tampered.owner.query(sql);
    const { faults } = await checkLog(tampered.pool, policy);
    await tampered.stop();
    return faults;
  }

  it.each([
    ['an entry was changed', `UPDATE log_entries SET entry = replace(entry, 'bg:', 'hu:') WHERE index = 7`],
    [
      'an entry was changed with its hash',
      `UPDATE log_entries SET entry = replace(entry, 'bg:', 'hu:'),
       leaf_hash = sha256('\\x00'::bytea || convert_to(replace(entry, 'bg:', 'hu:'), 'UTF8')) WHERE index = 7`,
    ],
    ['an entry is gone', 'DELETE FROM log_entries WHERE index = 7'],
    ['the last entry is gone', 'DELETE FROM log_entries WHERE index = 300'],
    [
      'an entry stands beyond the end',
      `INSERT INTO log_entries SELECT 301, at, leaf_hash, entry FROM log_entries WHERE index = 300`,
    ],
    [
      'two entries changed places',
      `UPDATE log_entries a SET at = b.at, entry = b.entry, leaf_hash = b.leaf_hash FROM log_entries b
       WHERE a.index IN (7, 8) AND b.index = 15 - a.index`,
    ],
    ['a tile was changed', `UPDATE log_tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 9)`],
    ['a tile is gone', 'DELETE FROM log_tiles WHERE level = 0'],
    ['the edge was changed', `UPDATE log_edge SET levels[1] = overlay(levels[1] placing '\\x00'::bytea from 9)`],
    ['the newest checkpoint is gone', 'DELETE FROM log_checkpoints'],
    ['an event points to another entry', 'UPDATE channel_events SET log_index = log_index + 1 WHERE seq = 7'],
    ['a record is gone', 'DELETE FROM channel_events WHERE seq = 300'],
    ['a body is gone without an order', 'DELETE FROM record_bodies WHERE seq = 7'],
    [
      'a body was erased by an order that is not logged',
      `INSERT INTO record_erasures SELECT channel, seq, record_id, sender, at, 'because', '', '', log_index FROM channel_events WHERE seq = 7;
       DELETE FROM record_bodies WHERE seq = 7`,
    ],
    ['a mention is made up', `INSERT INTO log_mentions VALUES ('bg:petrova', 7)`],
  ])('finds that %s', async (_what, sql) => {
    expect(await foundAfter(sql)).not.toEqual([]);
  });
});

describe('an act that changes something', () => {
  it('is undone with its transaction', async () => {
    const before = await checkLog(database.pool, policy);
    const appender = new LogAppender(database.pool, systemRandom);
    const undone = inTransaction(database.pool, async (client) => {
      await appender.append(client, [act(petrova)]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await checkLog(database.pool, policy)).toEqual(before);
  });
});
