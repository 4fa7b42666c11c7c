import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  demoCommunity,
  type DeviceProfile,
  foundCommunity,
  type LiaisonClient,
  memoryStore,
  type MemoryStore,
  openClient,
} from '#liaison/client';
import { cryptoReady, generateSigningKey, type SigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { DeviceAddress, fromUtf8, toBase64url } from '#liaison/protocol';
import { logOrigin } from '#liaison/tlog';
import { ForgedLog } from './forged-log.js';
import { LogOnlyHub } from './log-hub.js';

const ORIGIN = 'http://hub.example:4680';

let logKey: SigningKey;
let profile: DeviceProfile;
let hub: LogOnlyHub;
let store: MemoryStore;
let client: LiaisonClient;

beforeAll(async () => {
  await cryptoReady();
  logKey = generateSigningKey(systemRandom);
  const identity = {
    origin: ORIGIN,
    externalSenderKey: toBase64url(generateSigningKey(systemRandom).publicKey),
    logKey: toBase64url(logKey.publicKey),
  };
  const founded = foundCommunity(demoCommunity(), identity, { clock: systemClock, random: systemRandom });
  const found = founded.profiles.get(DeviceAddress.parse('bg:petrova:desk-1'));
  if (found === undefined) throw new Error('unreachable');
  profile = found;
});

beforeEach(async () => {
  hub = new LogOnlyHub(emptyLog().grownBy(300));
  store = memoryStore();
  client = await open(store);
});

const emptyLog = () => new ForgedLog(logOrigin(ORIGIN), logKey, new Uint8Array(0));
const open = (of: MemoryStore) =>
  openClient({ profile, transport: hub, store: of, clock: systemClock, random: systemRandom });
const checks = async () => (await client.alarms()).map(({ check }) => check);

describe('a device that follows the log', () => {
  it('remembers what it has seen, over a restart', async () => {
    await client.log.advance();
    expect(await client.log.held()).toMatchObject({ size: 300, origin: logOrigin(ORIGIN) });
    const again = await open(store.snapshot());
    expect(await again.log.held()).toMatchObject({ size: 300 });
  });

  it('goes with it as it grows, over the end of tiles', async () => {
    for (const size of [300, 301, 512, 513, 70_000]) {
      hub.log = hub.log.grownBy(size - hub.log.size);
      expect(await client.log.advance()).toMatchObject({ size });
    }
    expect(await checks()).toEqual([]);
  });

  it('refuses one that has shrunk, and holds on to what it has seen: CLI-71', async () => {
    await client.log.advance();
    hub.log = hub.log.cutTo(299);
    await expect(client.log.advance()).rejects.toMatchObject({ code: 'integrity', details: { check: 'CLI-71' } });
    expect(await checks()).toEqual(['CLI-71']);
    expect(await client.log.held()).toMatchObject({ size: 300 });
  });

  it('refuses one of the same size with another history, and keeps both notes: CLI-72', async () => {
    await client.log.advance();
    const held = hub.log.checkpoint();
    hub.log = hub.log.rewritten(17);
    await expect(client.log.advance()).rejects.toMatchObject({ details: { check: 'CLI-72' } });
    expect(await checks()).toEqual(['CLI-72']);
    const [evidence] = await store.list('log/evidence/');
    expect(JSON.parse(fromUtf8(evidence?.value ?? new Uint8Array(0)))).toMatchObject({
      check: 'LOG-09',
      held,
      offered: hub.log.checkpoint(),
    });
  });

  it('refuses one that grew from another history: CLI-72', async () => {
    await client.log.advance();
    hub.log = hub.log.rewritten(299).grownBy(40);
    await expect(client.log.advance()).rejects.toMatchObject({ details: { check: 'CLI-72' } });
    expect(await client.log.held()).toMatchObject({ size: 300 });
    // What is right again is believed again; the alarm stays.
    hub.log = emptyLog().grownBy(300).grownBy(40);
    expect(await client.log.advance()).toMatchObject({ size: 340 });
    expect(await checks()).toEqual(['CLI-72']);
  });

  it('refuses a checkpoint by another key: CLI-70', async () => {
    hub.log = new ForgedLog(logOrigin(ORIGIN), generateSigningKey(systemRandom), hub.log.leaves);
    await expect(client.log.advance()).rejects.toMatchObject({ details: { check: 'CLI-70' } });
    expect(await checks()).toEqual(['CLI-70']);
    expect(await client.log.held()).toBeUndefined();
  });
});

describe('what an officer opened', () => {
  it('is kept, signed, until there is a hub', async () => {
    const channel = '019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a';
    const record = '019aa8b2-7c00-7a4e-9f10-000000000007';
    await client.log.opened({ channel, record, purpose: 'Shift' } as Parameters<typeof client.log.opened>[0]);
    expect(await client.log.openedWaiting()).toBe(1);
    const [event] = await store.list('log/opened/');
    expect(JSON.parse(fromUtf8(event?.value ?? new Uint8Array(0)))).toMatchObject({
      channel,
      record,
      purpose: 'Shift',
    });
  });
});
