import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientStore, openProfile, SCRUB_KEY, sealProfile, type StoreChange } from '#liaison/client';
import { openDiskStore } from '#liaison/client.node';
import { cryptoReady, PASSPHRASE_COST_FOR_TESTING } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { DeviceAddress, fromUtf8, toBase64url, utf8 } from '#liaison/protocol';

const KEY = new Uint8Array(32).fill(5);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaison-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = (where = folder, key = KEY) =>
  openDiskStore({ folder: where, key, random: systemRandom, lockTimeoutMs: 200 });
const put = (key: string, value: string): StoreChange => ({ type: 'put', key, value: utf8(value) });
const write = (store: ClientStore, ...changes: StoreChange[]) => store.exclusively(() => store.write(changes));
const textOf = (store: ClientStore, key: string) =>
  store.exclusively(async () => {
    const value = await store.get(key);
    return value && fromUtf8(value);
  });

function journalOf(where = folder): string {
  const [name] = readdirSync(where).filter((each) => /^journal\.\d+$/.test(each));
  return join(where, name ?? '');
}

describe('a store on disk', () => {
  it('keeps what was written, in order, over a restart', async () => {
    const store = await open();
    await write(store, put('b/2', 'two'), put('b/1', 'one'), put('c', 'three'));
    await write(store, { type: 'delete', key: 'c' }, put('b/3', 'four'));
    await store.close();
    const again = await open();
    const entries = await again.exclusively(() => again.list('b/', { after: 'b/1' }));
    expect(entries.map(({ key, value }) => [key, fromUtf8(value)])).toEqual([
      ['b/2', 'two'],
      ['b/3', 'four'],
    ]);
    expect(await textOf(again, 'c')).toBeUndefined();
    await again.close();
  });

  it('shows neither keys nor values to who reads the files', async () => {
    const store = await open();
    await write(store, put('channel/secret-name', 'A truck leaves in 48 hours'));
    await store.close();
    const bytes = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name)).toString('latin1'))
      .join('');
    expect(bytes).not.toContain('secret-name');
    expect(bytes).not.toContain('truck');
    expect(statSync(journalOf()).mode & 0o077).toBe(0);
  });

  it('cut at any byte by a crash opens as before or after the last write, never in between', async () => {
    const store = await open();
    await write(store, put('a', 'old'), put('b', 'old'));
    const before = statSync(journalOf()).size;
    await write(store, put('a', 'new'), put('b', 'new'));
    await store.close();
    const whole = statSync(journalOf()).size;
    for (let size = before; size <= whole; size += 1) {
      const copy = join(folder, `cut-${size}`);
      mkdirSync(copy);
      copyFileSync(journalOf(), join(copy, 'journal.1'));
      truncateSync(join(copy, 'journal.1'), size);
      const cut = await open(copy);
      const expected = size === whole ? 'new' : 'old';
      expect([await textOf(cut, 'a'), await textOf(cut, 'b')]).toEqual([expected, expected]);
      await write(cut, put('c', 'goes on'));
      await cut.close();
      rmSync(copy, { recursive: true });
    }
  });

  it('says so where it was damaged, or where the key is another', async () => {
    const store = await open();
    await write(store, put('a', 'one'));
    await write(store, put('b', 'two'));
    await store.close();
    await expect(open(folder, new Uint8Array(32))).rejects.toMatchObject({
      code: 'malformed',
      details: { check: 'STO-01' },
    });
    const bytes = readFileSync(journalOf());
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(journalOf(), bytes);
    await expect(open()).rejects.toMatchObject({ details: { check: 'STO-01' } });
  });

  it('says so wherever one byte of a frame before the last was damaged, and destroys nothing (STO-01)', async () => {
    const store = await open();
    await write(store, put('a', 'one'));
    const from = statSync(journalOf()).size;
    await write(store, put('a', 'two'));
    const to = statSync(journalOf()).size;
    await write(store, put('a', 'three'));
    await store.close();
    const whole = readFileSync(journalOf());
    // The lengths and their check, and the first bytes of the sealed head.
    for (let at = from; at < from + 24; at += 1) {
      const spoiled = Buffer.from(whole);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x81;
      writeFileSync(journalOf(), spoiled);
      await expect(open()).rejects.toMatchObject({ details: { check: 'STO-01' } });
      expect(readFileSync(journalOf()).equals(spoiled)).toBe(true);
    }
    const gap = Buffer.concat([whole.subarray(0, from), Buffer.alloc(to - from), whole.subarray(to)]);
    writeFileSync(journalOf(), gap);
    await expect(open()).rejects.toMatchObject({ details: { check: 'STO-01' } });
  });

  it.each([
    ['is not all there', (last: Buffer) => last.subarray(0, last.length - 3)],
    ['was never written where the file had grown already', (last: Buffer) => Buffer.alloc(last.length)],
    ['lacks its beginning', (last: Buffer) => Buffer.concat([Buffer.alloc(16), last.subarray(16)])],
  ])('moves a last frame aside that %s', async (_what, tear) => {
    const store = await open();
    await write(store, put('a', 'one'));
    const from = statSync(journalOf()).size;
    await write(store, put('a', 'two'));
    await store.close();
    const whole = readFileSync(journalOf());
    const torn = tear(whole.subarray(from));
    writeFileSync(journalOf(), Buffer.concat([whole.subarray(0, from), torn]));
    const again = await open();
    expect(await textOf(again, 'a')).toBe('one');
    expect(readFileSync(join(folder, 'journal.1.torn')).equals(torn)).toBe(true);
    await write(again, put('a', 'goes on'));
    await again.close();
    const last = await open();
    expect(await textOf(last, 'a')).toBe('goes on');
    await last.close();
  });

  it('does not grow with what was replaced', async () => {
    const store = await open();
    const large = 'x'.repeat(100_000);
    for (let round = 0; round < 60; round += 1)
      await write(store, put('state', `${large}${round}`), put(`record/${round}`, 'kept'));
    expect(statSync(journalOf()).size).toBeLessThan(2_000_000);
    expect(readdirSync(folder).filter((name) => name.startsWith('journal.'))).toHaveLength(1);
    await store.close();
    const again = await open();
    expect(await textOf(again, 'state')).toBe(`${large}59`);
    expect(await again.exclusively(() => again.list('record/'))).toHaveLength(60);
    await again.close();
  });

  it('is shared: each sees what the other wrote, and is told to forget', async () => {
    const watch = await open();
    await write(watch, put('a', 'by watch'));
    const send = await open();
    await write(send, put('a', 'by send'));
    const told = await watch.exclusively(async (changedElsewhere) => [
      changedElsewhere,
      fromUtf8((await watch.get('a')) ?? new Uint8Array()),
    ]);
    expect(told).toEqual([true, 'by send']);
    expect(await watch.exclusively((changedElsewhere) => Promise.resolve(changedElsewhere))).toBe(false);
    await watch.close();
    await send.close();
  });

  it('waits for who holds it, then says who that is', async () => {
    const holder = await open();
    const other = await open();
    const free: { now: () => void } = { now: () => undefined };
    const holding = holder.exclusively(() => new Promise<void>((resolve) => (free.now = resolve)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(other.exclusively(() => Promise.resolve())).rejects.toMatchObject({
      code: 'try-again',
      message: expect.stringContaining(`Process ${process.pid} on ${hostname()}`),
      details: { check: 'STO-02' },
    });
    free.now();
    await holding;
    await expect(other.exclusively(() => Promise.resolve('mine'))).resolves.toBe('mine');
    await holder.close();
    await other.close();
  });

  it('is taken over from a process that has died', async () => {
    await (await open()).close();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    writeFileSync(join(folder, 'lock'), JSON.stringify({ host: hostname(), pid: child.pid, started: '1' }));
    const store = await open();
    await write(store, put('a', 'one'));
    await store.close();
  });

  it('is read and written only while it is held', async () => {
    const store = await open();
    await expect(store.get('a')).rejects.toMatchObject({ code: 'usage' });
    await store.close();
  });
});

describe('a device profile', () => {
  it('opens with its passphrase alone', async () => {
    await cryptoReady();
    const profile = {
      v: 1 as const,
      device: DeviceAddress.parse('bg:petrova:desk-1'),
      signingSeed: new Uint8Array(32).fill(1),
      certificate: new Uint8Array(300).fill(2),
      hubUrl: 'https://hub.example',
      foundingRoster: {
        roster: '{}',
        signatures: [{ keyId: '0123456789abcdef', signature: toBase64url(new Uint8Array(64)) }],
      },
      storeKey: KEY,
    };
    const file = sealProfile(profile, 'correct horse', { random: systemRandom, cost: PASSPHRASE_COST_FOR_TESTING });
    expect(openProfile(file, 'correct horse')).toEqual(profile);
    expect(() => openProfile(file, 'wrong horse')).toThrow('Wrong passphrase.');
    expect(fromUtf8(file)).not.toContain('petrova');
  });

  it('leaves no bytes behind of what was deleted, where it is told to scrub', async () => {
    const store = await open();
    await write(store, put('record', 'x'.repeat(50_000)), put('other', 'kept'));
    const bytes = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const before = bytes();
    await write(store, { type: 'delete', key: 'record' });
    expect(bytes()).toBeGreaterThanOrEqual(before);
    await write(store, put(SCRUB_KEY, '1'));
    expect(bytes()).toBeLessThan(before - 50_000);
    expect(await textOf(store, 'other')).toBe('kept');
    await store.close();
  });

  it('scrubs when it is opened, where it stopped before it had', async () => {
    const store = await open();
    await write(store, put('record', 'x'.repeat(50_000)), put('other', 'kept'));
    const stopped = mkdtempSync(join(tmpdir(), 'liaison-store-'));
    await store.exclusively(async () => {
      await store.write([{ type: 'delete', key: 'record' }, put(SCRUB_KEY, '1')]);
      copyFileSync(journalOf(), join(stopped, 'journal.1'));
    });
    await store.close();
    const again = await open(stopped);
    expect(statSync(journalOf(stopped)).size).toBeLessThan(10_000);
    expect([await textOf(again, SCRUB_KEY), await textOf(again, 'other')]).toEqual([undefined, 'kept']);
    await again.close();
    rmSync(stopped, { recursive: true, force: true });
  });
});
