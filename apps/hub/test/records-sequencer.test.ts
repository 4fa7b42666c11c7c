import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { CHAIN_START } from '#liaison/crypto';
import { nodeChainHashing, systemClock, systemRandom } from '#liaison/crypto.node';
import { LiaisonError, type ChannelId, type Receipt, type RecordEnvelope } from '#liaison/protocol';
import { withoutMembers } from '../src/channels/channel-state.js';
import { ChannelStates } from '../src/channels/channel-states.js';
import { EventFeed } from '../src/records/event-feed.js';
import { parseRecord } from '../src/records/parsed-record.js';
import { LogAppender } from '../src/log/log-appender.js';
import { PostgresLedger } from '../src/records/postgres-ledger.js';
import { RecordAdmission } from '../src/records/record-admission.js';
import { RecordReader } from '../src/records/record-reader.js';
import { RecordSubmission } from '../src/records/record-submission.js';
import { Sequencer } from '../src/records/sequencer.js';
import type { PublishedEvent } from '../src/records/submission.js';
import { startTestDatabase, type TestDatabase } from './channels-database.js';
import { fabricateRecord, insertChannel, testDevice, type TestDevice } from './fabricated-records.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const petrova = testDevice('bg:petrova:desk-1');
const nagy = testDevice('hu:nagy:desk-1');

/** The record path of one hub process. */
function startNode(pool: Pool) {
  const feed = new EventFeed((fault) => {
    throw fault;
  });
  const published: PublishedEvent[] = [];
  feed.subscribe((events) => published.push(...events));
  const batches: number[] = [];
  const meter = { committed: (size: number) => batches.push(size), failed: () => undefined, unheard: () => undefined };
  const ledger = new PostgresLedger(pool, systemRandom, new LogAppender(pool, systemRandom));
  const sequencer = new Sequencer(ledger, feed, systemClock, meter);
  const reader = new RecordReader(pool);
  const submission = new RecordSubmission(new RecordAdmission(new ChannelStates(pool), systemClock), sequencer, reader);
  const submit = (sender: TestDevice, received: RecordEnvelope) =>
    new Promise<Receipt>((resolve, reject) => {
      const { header, body, mls, signature } = received;
      const envelope = { header, body, mls, signature };
      submission.submit({ caller: sender.proof, received: envelope }, { receipt: resolve, refused: reject });
    });
  return { submit, sequencer, published, reader, batches };
}

async function mustHoldSequence(channel: ChannelId, count: number): Promise<void> {
  const events = await new RecordReader(database.pool).page(
    channel,
    { from: 1, until: 1_000_000 },
    { events: 10_000, chars: 100_000_000 },
  );
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  let chain = CHAIN_START;
  for (const event of events) {
    if (event.type !== 'record') throw new Error('only records are expected here');
    const eventHash = nodeChainHashing.recordEventHash(parseRecord(event.record).hashes);
    chain = nodeChainHashing.nextChainHash(chain, event.seq, eventHash);
    expect(event.chain).toBe(Buffer.from(chain).toString('base64url'));
  }
  const { rows } = await database.pool.query<{ last_seq: string; chain: Buffer }>(
    'SELECT last_seq, chain FROM channels WHERE id = $1',
    [channel],
  );
  expect(rows[0]).toEqual({ last_seq: String(count), chain: Buffer.from(chain) });
}

describe('the sequencer on PostgreSQL', () => {
  it('stores a record as it was sent and answers with its place', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const node = startNode(database.pool);
    const record = fabricateRecord(petrova, channel);
    const receipt = await node.submit(petrova, record);
    expect(receipt).toMatchObject({ id: record.id, channel, seq: 1, duplicate: false });
    const event = await node.reader.record(channel, record.id);
    const { id: _, ...envelope } = record;
    expect(event).toMatchObject({
      type: 'record',
      seq: 1,
      chain: receipt.chain,
      at: receipt.storedAt,
      record: envelope,
    });
    expect(node.published.map(({ event: pushed }) => pushed)).toEqual([event]);
  });

  it('answers the same record again with its first receipt, from memory of no kind', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const record = fabricateRecord(petrova, channel);
    const first = await startNode(database.pool).submit(petrova, record);
    const second = await startNode(database.pool).submit(petrova, record);
    expect(second).toEqual({ ...first, duplicate: true });
    await mustHoldSequence(channel, 1);
  });

  it('stores one of two copies that arrive together', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const node = startNode(database.pool);
    const record = fabricateRecord(petrova, channel);
    const others = Array.from({ length: 5 }, () => node.submit(petrova, fabricateRecord(petrova, channel)));
    const copies = await Promise.all([node.submit(petrova, record), node.submit(petrova, record)]);
    await Promise.all(others);
    expect(copies.map(({ duplicate }) => duplicate).sort()).toEqual([false, true]);
    expect(copies[0].seq).toBe(copies[1].seq);
    await mustHoldSequence(channel, 6);
  });

  it('refuses what somebody sends who has left, though this node has not heard of it', async () => {
    const channel = await insertChannel(database.pool, [petrova, nagy]);
    const [node, other] = [startNode(database.pool), startNode(database.pool)];
    await node.submit(nagy, fabricateRecord(nagy, channel));
    const values = [channel, nagy.proof.device];
    await database.pool.query(
      "INSERT INTO channel_leavings (channel, device, seq, leaf_index, statement) VALUES ($1, $2, 1, 1, '')",
      values,
    );
    await other.submit(petrova, fabricateRecord(petrova, channel));
    const late = node.submit(nagy, fabricateRecord(nagy, channel));
    await expect(late).rejects.toMatchObject({ details: { check: 'CHN-10' } });
    await mustHoldSequence(channel, 2);
  });

  it('lets nobody back in who has left, by an answer of the database from before that', async () => {
    const channel = await insertChannel(database.pool, [petrova, nagy]);
    const states = new ChannelStates(database.pool);
    const before = await states.newest(channel);
    states.remember(withoutMembers(before!, new Set([nagy.proof.device])));
    await states.newest(channel);
    expect([...states.remembered(channel, 0)!.members.keys()]).toEqual([petrova.proof.device]);
  });

  it('refuses a record id that another device has taken', async () => {
    const channel = await insertChannel(database.pool, [petrova, nagy]);
    const node = startNode(database.pool);
    const record = fabricateRecord(petrova, channel);
    await node.submit(petrova, record);
    const other = node.submit(nagy, fabricateRecord(nagy, channel, { id: record.id }));
    await expect(other).rejects.toMatchObject({ code: 'conflict', details: { check: 'REC-15' } });
    await mustHoldSequence(channel, 1);
  });

  it('stores what came with a record that is stored already, the first time and again', async () => {
    const [channel, other] = await Promise.all([1, 2].map(() => insertChannel(database.pool, [petrova])));
    const node = startNode(database.pool);
    const record = fabricateRecord(petrova, channel!);
    const first = await node.submit(petrova, record);
    await node.submit(petrova, fabricateRecord(petrova, other!));
    for (const seq of [2, 3]) {
      const receipts = await Promise.all(
        [record, fabricateRecord(petrova, other!)].map((it) => node.submit(petrova, it)),
      );
      expect(receipts).toMatchObject([
        { ...first, duplicate: true },
        { channel: other, seq, duplicate: false },
      ]);
    }
    await mustHoldSequence(channel!, 1);
    await mustHoldSequence(other!, 3);
  });

  it('keeps every channel gap-free and its pushes in order under 200 submissions at once', async () => {
    const channels = await Promise.all([1, 2, 3, 4].map(() => insertChannel(database.pool, [petrova, nagy])));
    const node = startNode(database.pool);
    const records = Array.from({ length: 200 }, (_, index) => {
      const sender = index % 3 === 0 ? nagy : petrova;
      return { sender, record: fabricateRecord(sender, channels[index % 4]!) };
    });
    const receipts = await Promise.all(records.map(({ sender, record }) => node.submit(sender, record)));
    for (const channel of channels) {
      await mustHoldSequence(channel, 50);
      const pushed = node.published.filter(({ event }) => event.channel === channel).map(({ event }) => event.seq);
      expect(pushed).toEqual([...pushed].sort((a, b) => a - b));
      // One sender's records keep the order in which they were sent.
      const sent = receipts.filter((receipt) => receipt.channel === channel).map(({ seq }) => seq);
      expect(sent).toEqual([...sent].sort((a, b) => a - b));
    }
    expect(Math.max(...node.batches)).toBeGreaterThan(20);
  });

  it('never forks or doubles a sequence with two hub processes on one database', async () => {
    const channels = await Promise.all([1, 2, 3].map(() => insertChannel(database.pool, [petrova])));
    const nodes = [startNode(database.anotherPool()), startNode(database.anotherPool())];
    const twice = fabricateRecord(petrova, channels[0]!);
    const waves: Promise<Receipt>[] = [];
    for (let wave = 0; wave < 10; wave += 1) {
      for (const node of nodes) {
        for (const channel of channels) waves.push(node.submit(petrova, fabricateRecord(petrova, channel)));
        waves.push(node.submit(petrova, twice));
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const receipts = await Promise.all(waves);
    expect(receipts.filter(({ id, duplicate }) => id === twice.id && !duplicate)).toHaveLength(1);
    await mustHoldSequence(channels[0]!, 21);
    await mustHoldSequence(channels[1]!, 20);
    await mustHoldSequence(channels[2]!, 20);
  });

  it('publishes nothing and answers a retryable error where the transaction fails, and goes on afterwards', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const node = startNode(database.pool);
    await node.submit(petrova, fabricateRecord(petrova, channel));
    await database.owner.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$`,
    );
    await database.owner.query(
      `CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON record_bodies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`,
    );
    const lost = fabricateRecord(petrova, channel);
    const error = await node.submit(petrova, lost).catch((fault: unknown) => fault);
    await database.owner.query('DROP FUNCTION fail() CASCADE');
    expect(error).toBeInstanceOf(LiaisonError);
    expect(error).toMatchObject({ code: 'unavailable', details: { check: 'REC-18', retryAfterMs: 500 } });
    expect(node.published).toHaveLength(1);
    await mustHoldSequence(channel, 1);
    await expect(node.submit(petrova, lost)).resolves.toMatchObject({ seq: 2, duplicate: false });
    await mustHoldSequence(channel, 2);
  });

  it('publishes nothing before COMMIT has answered', async () => {
    const channel = await insertChannel(database.pool, [petrova]);
    const node = startNode(database.pool);
    await database.owner.query(
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$`,
    );
    // Deferred: it runs inside COMMIT, when every statement has answered.
    await database.owner.query(
      `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON record_bodies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`,
    );
    const receipt = node.submit(petrova, fabricateRecord(petrova, channel));
    let early = 0;
    const watch = setInterval(() => {
      early = Math.max(early, node.published.length);
    }, 5);
    await new Promise((resolve) => setTimeout(resolve, 200));
    clearInterval(watch);
    expect(early).toBe(0);
    await receipt;
    expect(node.published).toHaveLength(1);
    await database.owner.query('DROP FUNCTION slow() CASCADE');
  });
});
