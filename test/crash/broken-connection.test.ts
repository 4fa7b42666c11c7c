import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { cryptoReady } from '#liaison/crypto';
import { HubCommunity, startHub, type TestHub } from '#liaison/testing';
import { Member } from '../hub/member.js';
import { pause } from './line.js';

let hub: TestHub;
let admin: pg.Client;
let sofia: Member;
let budapest: Member;
beforeAll(async () => {
  await cryptoReady();
  hub = await startHub();
  const community = new HubCommunity(hub.url, { clock: systemClock, random: systemRandom });
  await community.found();
  sofia = await Member.join(hub, community, 'bg:petrova:desk-1');
  budapest = await Member.join(hub, community, 'hu:nagy:desk-1');
  admin = new pg.Client({ connectionString: hub.database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await hub.stop();
});

/** Runs a call of the hub whose database connection breaks while it waits for a lock on this table. */
async function breakingOff<T>(table: string, call: () => Promise<T>): Promise<T> {
  await admin.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const answer = call();
  for (;;) {
    // Within a transaction the list of connections stays what it was when it was first asked for: one that the hub opens later is not on it.
    await admin.query('SELECT pg_stat_clear_snapshot()');
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'liaison-hub' AND datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rowCount !== 0) break;
    await pause(10);
  }
  await admin.query('ROLLBACK');
  return answer;
}

describe('a database connection that breaks in the middle', () => {
  it('of a commit costs a try, not the hub', async () => {
    const channel = await sofia.create();
    const drafted = await sofia.draftAdd(channel, budapest);
    const broken = await breakingOff('channel_events', () => sofia.submitCommit(channel, drafted));
    expect(broken).toMatchObject({ status: 503, body: { error: { code: 'unavailable', check: 'REC-18' } } });
    await sofia.accepted(channel, drafted);
    expect(await sofia.post(channel)).toMatchObject({ seq: 2 });
  });

  it('of a record costs a try, not the hub', async () => {
    const channel = await sofia.create();
    await sofia.post(channel);
    const record = await sofia.seal(channel);
    const broken = await breakingOff('channel_events', () => sofia.submit(channel, record));
    expect(broken).toMatchObject({ status: 503, body: { error: { code: 'unavailable', check: 'REC-18' } } });
    expect(await sofia.submit(channel, record)).toMatchObject({ status: 200, body: { seq: 2, duplicate: false } });
  });

  it.each(['createChannel', 'addKeyPackages', 'claimKeyPackages'] as const)(
    'of %s costs a try, not the hub',
    async (name) => {
      const table = name === 'createChannel' ? 'channel_groups' : 'key_packages';
      const call = await callOf(name);
      const broken = await breakingOff(table, call);
      expect(broken).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
      expect(await call()).toMatchObject({ status: 200 });
    },
  );
});

async function callOf(name: 'createChannel' | 'addKeyPackages' | 'claimKeyPackages') {
  const { groupInfo } = await sofia.draftGroup();
  const bodies = {
    createChannel: { groupInfo: Buffer.from(groupInfo).toString('base64url') },
    addKeyPackages: { keyPackages: [] },
    claimKeyPackages: { devices: [budapest.address] },
  };
  return () => sofia.call(name, { body: bodies[name] });
}
