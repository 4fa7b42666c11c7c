import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestDatabase, type TestDatabase } from './channels-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const CHANNEL = '019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a';

async function insertProposal(): Promise<void> {
  await database.pool.query(
    `INSERT INTO channel_events (channel, seq, type, at, chain, epoch, sender, weight, log_index, payload, payload_hash)
     VALUES ($1, 1, 'proposal', now(), '', 0, 'hub', 0, 0, 'a', 'b') ON CONFLICT DO NOTHING`,
    [CHANNEL],
  );
}

describe('the tables of channels and records', () => {
  it('are what the entities say', async () => {
    const { upQueries } = await database.owner.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it.each(['channel_events', 'record_bodies'])('give the application no right to change or erase %s', async (table) => {
    await insertProposal();
    await expect(database.pool.query(`UPDATE ${table} SET seq = 2`)).rejects.toThrow('permission denied');
    await expect(database.pool.query(`DELETE FROM ${table}`)).rejects.toThrow('permission denied');
    await expect(database.pool.query(`TRUNCATE ${table}`)).rejects.toThrow('permission denied');
  });

  it.each([
    ['channel_events', 'append-only'],
    ['record_bodies', 'until its erasure is ordered'],
  ])('refuse even the owner a change of %s', async (table, reason) => {
    await database.owner.query(
      `INSERT INTO record_bodies (channel, seq, classification, body) VALUES ($1, 1, 'RESTRICTED', 'b')
       ON CONFLICT DO NOTHING`,
      [CHANNEL],
    );
    await expect(database.owner.query(`UPDATE ${table} SET seq = 2`)).rejects.toThrow('append-only');
    await expect(database.owner.query(`DELETE FROM ${table}`)).rejects.toThrow(reason);
    await expect(database.owner.query(`TRUNCATE ${table}`)).rejects.toThrow('append-only');
  });

  it('refuse an event that is neither a whole record nor a handshake', async () => {
    const insert = database.pool.query(
      `INSERT INTO channel_events (channel, seq, type, at, chain, epoch, sender, weight, log_index)
       VALUES ($1, 7, 'record', now(), '', 0, 'x', 0, 1)`,
      [CHANNEL],
    );
    await expect(insert).rejects.toThrow('channel_events_shape');
  });

  it('can be taken back and made again', async () => {
    await database.owner.undoLastMigration();
    await database.owner.runMigrations();
    const { upQueries } = await database.owner.driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
  });
});
