import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

let community: DemoCommunity;
let proxy: Server;

beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(async () => {
  proxy.close();
  await community.end();
});

const as = (who: string, ...argv: string[]) => community.run(['--as', who, ...argv]);

/** A hub in between that hides every revocation list. */
async function hidingHub(): Promise<string> {
  proxy = createServer((request, answer) => {
    void (async () => {
      const path = request.url ?? '/';
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (path.endsWith('/revocation-lists')) {
        answer.writeHead(200).end(JSON.stringify({ lists: [], unchanged: [], later: [] }));
        return;
      }
      const { authorization, 'content-type': type } = request.headers;
      const told = await fetch(community.hub.url + path, {
        method: request.method ?? 'GET',
        headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      answer.writeHead(told.status).end(Buffer.from(await told.arrayBuffer()));
    })();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe('liaison alarms', () => {
  it('are settled with a reason, kept with who and why, and raised again by the same breach', async () => {
    const liar = await hidingHub();
    await as('it', 'sync', '--hub', liar);
    const told = await as('it', 'alarms', '--json');
    expect(told.exitCode).toBe(7);
    const alarms = told.json()['alarms'] as { id: string; check: string }[];
    expect(alarms.map(({ check }) => check)).toEqual(Array(10).fill('CLI-44'));
    const [first] = alarms;
    const id = (first?.id ?? '').slice(0, 12);
    expect(await as('it', 'alarms', '--settle', id)).toMatchObject({ exitCode: 2 });
    expect(await as('it', 'alarms', '--settle', id, '--reason', 'Asked Baku.')).toMatchObject({ exitCode: 0 });
    expect((await as('it', 'alarms', '--json')).json()['alarms']).toHaveLength(9);
    const history = await as('it', 'alarms', '--settled', '--json');
    expect(history).toMatchObject({ exitCode: 0 });
    expect(history.json()['alarms']).toMatchObject([
      { id: first?.id, check: 'CLI-44', settled: { by: 'it:ricci:desk-1', reason: 'Asked Baku.' } },
    ]);
    expect((await as('it', 'alarms', '--settled')).text).toContain('Settled by it:ricci:desk-1: Asked Baku.');
    await as('it', 'sync', '--hub', liar);
    expect((await as('it', 'alarms', '--json')).json()['alarms']).toHaveLength(10);
    expect(await as('it', 'alarms', '--settle', 'ffffffff', '--reason', 'x')).toMatchObject({ exitCode: 3 });
  });
});

describe('liaison channel create', () => {
  it.each([
    ['oneself alone', ['--with', 'bg'], 2, 'bg is you'],
    ['a contact point that the roster does not name', ['--with', 'zz'], 3, 'names no contact point zz'],
    ['a device that nobody knows', ['--with', 'hu:nobody:desk-1'], 3, 'hu:kovacs:desk-1'],
    ['more than the own device is cleared for', ['--with', 'hu', '--ceiling', 'SECRET'], 4, 'not cleared'],
  ])('refuses %s, and that is no alarm', async (_what, argv, exitCode, words) => {
    const before = (await as('bg', 'channels', '--json')).json()['channels'] as unknown[];
    const refused = await as('bg', 'channel', 'create', ...argv);
    expect(refused).toMatchObject({ exitCode });
    expect(refused.remarks).toContain(words);
    expect((await as('bg', 'channels', '--json')).json()['channels']).toHaveLength(before.length);
    expect(await as('bg', 'alarms')).toMatchObject({ exitCode: 0 });
  });
});

describe('liaison add-member', () => {
  it('says which channel is needed for a contact point that this one is not for', async () => {
    const argv = ['add-member', 'mk:stojanovska:desk-1', '--channel', 'Bulgaria - Hungary'];
    const { exitCode, remarks } = await as('bg', ...argv);
    expect(exitCode).toBe(4);
    expect(remarks).toContain('channel create --with bg,hu,mk');
  });

  it('takes back whom remove-member took out, and "channels" follows', async () => {
    const withOf = async () => {
      const { json } = await as('bg', 'channels', '--json');
      const channels = json()['channels'] as { title: string; present: string[] }[];
      return channels.find(({ title }) => title === 'JIT Balkan Axle')?.present.sort();
    };
    await as('bg', 'remove-member', 'hu:kovacs:desk-1', '--channel', 'JIT Balkan Axle');
    expect(await withOf()).toEqual(['bg', 'mk']);
    const argv = ['add-member', 'hu:kovacs:desk-1', '--channel', 'JIT Balkan Axle'];
    expect(await as('bg', ...argv)).toMatchObject({ exitCode: 0 });
    expect(await withOf()).toEqual(['bg', 'hu', 'mk']);
  });
});

describe('a request with a deadline', () => {
  it('shows when it is due, in UTC and local, until it is answered', async () => {
    const scenario = join(import.meta.dirname, '../../../scenarios/02-urgent-request-hu.json');
    const sent = await as('hu', 'send', '--to', 'bg', '--scenario', scenario, '--json');
    const { id, receipt } = sent.json()['record'] as { id: string; receipt: { storedAt: string } };
    const at = new Date(Date.parse(receipt.storedAt) + 8 * 3600 * 1000).toISOString();
    const dueOf = async () => {
      const records = (await as('bg', 'inbox', '--json')).json()['records'] as { id: string; due: unknown }[];
      return records.find((record) => record.id === id)?.due;
    };
    expect(await dueOf()).toEqual({ at, state: 'open' });
    const read = await as('bg', 'read', id);
    expect(read.text).toMatch(/^due +\d{4}-\d\d-\d\d \d\d:\d\d UTC · .* Europe\/Sofia$/m);
    const answer = ['--kind', 'answer', '--classification', 'RESTRICTED', '--subject', 'Found'];
    await as('bg', 'send', '--reply-to', id, ...answer);
    expect(await dueOf()).toEqual({ at, state: 'answered' });
  });
});

describe('liaison outbox', () => {
  it('names the subject of what is stored, and of what waits', async () => {
    const argv = ['--classification', 'RESTRICTED', '--subject'];
    await as('ba', 'send', '--to', 'community', ...argv, 'Stored');
    await as('ba', 'send', '--to', 'community', '--hub', 'http://127.0.0.1:1', ...argv, 'Waiting');
    const records = (await as('ba', 'outbox', '--json')).json()['records'] as { state: string; subject: string }[];
    expect(records.map(({ state, subject }) => [state, subject])).toEqual([
      ['stored', 'Stored'],
      ['queued', 'Waiting'],
    ]);
  });
});

describe('liaison watch', () => {
  it('is silent about titles and who opened what', async () => {
    await as('fr', 'sync');
    const watching = as('fr', 'watch', '--seconds', '4');
    await as('iq', 'send', '--to', 'community', '--classification', 'RESTRICTED', '--subject', 'Seen');
    const { text } = await watching;
    expect(text.split('\n').filter((line) => /named|read by|Closed/.test(line))).toEqual([]);
    expect(text).toContain('  Seen');
    expect(text).toContain('Live: everything that comes in is shown here. Ctrl-C ends it.');
  });
});

describe('a fault of the surroundings', () => {
  it('is told in words', async () => {
    const facts = join(community.dataFolder, 'folder.json');
    await writeFile(facts, '{}');
    const { exitCode, remarks } = await community.run(['--profile', facts, 'inbox']);
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(/Part of .*folder\.json.* is a file, where a folder is needed\./);
  });

  it('does not hide an address that is none', async () => {
    const { exitCode, remarks } = await as('bg', 'inbox', '--hub', 'nonsense');
    expect(exitCode).toBe(2);
    expect(remarks).toContain('--hub takes the address of a hub');
  });
});
