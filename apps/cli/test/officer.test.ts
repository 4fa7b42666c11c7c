import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { DeviceAddress, newId, OfficerAddress, timestampOf } from '#liaison/protocol';
import { UnknownSigner } from '#liaison/testing';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

let community: DemoCommunity;
const proxies: Server[] = [];

beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(async () => {
  for (const proxy of proxies) proxy.close();
  await community.end();
});

const as = (who: string, ...argv: string[]) => community.run(['--as', who, ...argv]);

const NO_LISTS = Buffer.from(JSON.stringify({ lists: [], unchanged: [], later: [] }));

/** A hub in between. @param alter its answers. */
async function hubThat(alter: (path: string, body: Buffer) => Buffer): Promise<string> {
  const proxy = createServer((request, answer) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { authorization, 'content-type': type } = request.headers;
      const told = await fetch(community.hub.url + (request.url ?? '/'), {
        method: request.method ?? 'GET',
        headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const [path = ''] = (request.url ?? '/').split('?');
      answer.writeHead(told.status).end(alter(path, Buffer.from(await told.arrayBuffer())));
    })();
  }).listen(0, '127.0.0.1');
  proxies.push(proxy);
  await once(proxy, 'listening');
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe('liaison alarms', () => {
  it('are settled with a reason, kept with who and why, and raised again by the same breach', async () => {
    const liar = await hubThat((path, body) => (path.endsWith('/revocation-lists') ? NO_LISTS : body));
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
    await as('bg', 'remove-member', 'hu:kovacs:desk-1', '--channel', 'JIT Balkan Axle', '--yes');
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

describe('liaison channel', () => {
  const title = 'Operation Lantern';

  it('is changed, handed over, closed, archived and reopened, with a reason and a word', async () => {
    await as('bg', 'channel', 'create', '--with', 'hu', '--title', title, '--custody', 'required');
    expect(await as('bg', 'channel', 'close', title, '--yes')).toMatchObject({ exitCode: 2 });
    const stopped = await community.run(['--as', 'bg', 'channel', 'close', title, '--reason', 'x'], { typed: 'no' });
    expect(stopped).toMatchObject({ exitCode: 2 });
    expect(stopped.remarks).toContain('nobody posts in it any more');
    await as('bg', 'channel', 'change', title, '--review-days', '90', '--reason', 'File 17/2026', '--yes');
    await as('bg', 'channel', 'hand-over', title, 'hu:kovacs', '--reason', 'Led from Budapest', '--yes');
    const shown = await as('hu', 'channel', 'show', title);
    expect(shown.text).toContain('review after: 365 days → 90 days: File 17/2026');
    expect(shown.text).toContain('custody   required: nothing in it is ever erased by retention');
    expect(shown.text).toMatch(/hu +administer, post, read/);
    expect(shown.text).toContain('Led from Budapest');
    const refused = await as('bg', 'channel', 'close', title, '--reason', 'Mine', '--yes');
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.remarks).toContain('Ask hu');
    const closed = await as('hu', 'channel', 'close', title, '--reason', 'Before the court', '--yes', '--json');
    expect(closed.json()).toMatchObject({ channel: { closed: true, roles: { bg: ['post', 'read'] } } });
    const late = await as('bg', 'send', '--channel', title, '--classification', 'RESTRICTED', '--subject', 'Late');
    expect(late).toMatchObject({ exitCode: 4 });
    expect((await as('bg', 'channel', 'show', title)).text).toContain('CLOSED by hu:kovacs:desk-1');
    expect((await as('bg', 'channel', 'archive', title)).text).toContain('archived here since');
    expect((await as('bg', 'channels', '--offline')).text).not.toContain(title);
    expect((await as('bg', 'channels', '--archived', '--offline')).text).toMatch(/Operation Lantern +archived/);
  });

  it('tells who is in it, since when and by whom, and who was removed and why', async () => {
    await as(
      'hu',
      'remove-member',
      'bg:petrova:desk-1',
      '--channel',
      title,
      '--reason',
      'Case closed in Sofia',
      '--yes',
    );
    const { json } = await as('hu', 'members', '--channel', title, '--json');
    expect(json()).toMatchObject({
      standing: 'good',
      broken: [],
      members: [{ device: 'hu:kovacs:desk-1', officer: 'kovacs', since: { by: 'bg:petrova:desk-1' } }],
      past: [{ device: 'bg:petrova:desk-1', by: 'hu:kovacs:desk-1', reason: 'Case closed in Sofia' }],
    });
    expect((await as('hu', 'members', '--channel', title)).text).toContain('by hu:kovacs:desk-1: Case closed in Sofia');
  });

  it('is left with a word, once told what that means, and shows who left and why', async () => {
    const name = 'Operation Candle';
    await as('bg', 'channel', 'create', '--with', 'hu', '--title', name);
    const refused = await as('bg', 'channel', 'leave', name, '--yes');
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.remarks).toContain('Hand it over first');
    await as('hu', 'inbox');
    const left = await community.run(['--as', 'hu', 'channel', 'leave', name, '--reason', 'Done'], { typed: 'leave' });
    expect(left.remarks).toContain('hu is out of the channel with it');
    expect(left.text).toContain('You LEFT');
    expect((await as('hu', 'channel', 'leave', name, '--json')).json()).toMatchObject({
      channel: { membership: 'removed', left: { reason: 'Done' } },
    });
    expect((await as('bg', 'members', '--channel', name)).text).toMatch(/hu:kovacs:desk-1 +left .*: Done/);
    await as('bg', 'add-member', 'hu:kovacs:desk-1', '--channel', name, '--reason', 'Needed once more');
    await as('hu', 'sync');
    for (const command of [['inbox'], ['channels'], ['channel', 'show', name]]) {
      const { text } = await as('hu', ...command);
      expect(text).toContain('no rule was broken');
      expect(text).toMatch(
        /You had left, and are in again\.\s+The\s+hub\s+says\s+that\s+bg:petrova:desk-1\s+added\s+you,\s[^]*\(Needed\s+once\s+more\)/,
      );
    }
    expect((await as('hu', 'members', '--channel', name, '--json')).json()).toMatchObject({
      standing: 'in-dispute',
      ledBack: { after: 'left', by: 'bg:petrova:desk-1', purpose: 'Needed once more' },
      broken: [],
    });
  });
});

describe('an exercise', () => {
  it('says so in every list, on every page, in every language, in JSON and in every export', async () => {
    await as('bg', 'channel', 'create', '--with', 'hu', '--title', 'Winter drill', '--exercise');
    const marks = ['--classification', 'RESTRICTED', '--handling', 'H0', '--subject', 'A lorry'];
    const sent = await as('bg', 'send', '--channel', 'Winter drill', '--kind', 'alert', ...marks, '--json');
    const { id } = sent.json()['record'] as { id: string };
    const inbox = await as('hu', 'inbox', '--channel', 'Winter drill');
    expect(inbox.text).toContain('GYAKORLAT – nem valós · A lorry');
    for (const [lang, words] of [
      ['ar', 'تمرين – ليس حقيقياً'],
      ['fr', 'EXERCICE – fictif'],
    ] as const)
      expect((await as('hu', 'read', id, '--lang', lang)).text).toContain(words);
    expect((await as('hu', 'read', id, '--json')).json()).toMatchObject({ record: { exercise: true } });
    const stix = JSON.stringify((await as('bg', 'export', id, '--format', 'stix', '--json')).json());
    expect(stix).toContain('"name":"EXERCISE: A lorry"');
    const misp = JSON.stringify((await as('bg', 'export', id, '--format', 'misp', '--json')).json());
    expect(misp).toContain('liaison:exercise=');
    expect(misp).toContain('"info":"EXERCISE: A lorry"');
    const real = await as('bg', 'forward', id, '--into', 'Bulgaria - Hungary');
    expect(real).toMatchObject({ exitCode: 4 });
  });

  it('takes no real document in, and no document of it goes among real records, with the record inside or without', async () => {
    const drill = { type: 'report', id: 'report--1', name: 'Exercise: a lorry' };
    const plain = { ...drill, name: 'A lorry' };
    const importing = async (document: object, ...into: string[]) => {
      const file = join(community.dataFolder, 'document.json');
      await writeFile(file, JSON.stringify({ type: 'bundle', id: 'bundle--1', objects: [document] }));
      return as('bg', 'import', file, '--format', 'stix', ...into);
    };
    expect((await importing(drill)).text).toContain('EXERCISE: nothing in it is real.');
    expect(await importing(drill, '--channel', 'Bulgaria - Hungary')).toMatchObject({ exitCode: 4 });
    const refused = await importing(plain, '--channel', 'Winter drill');
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.remarks).toContain('--exercise');
    const vouched = await importing(plain, '--channel', 'Winter drill', '--exercise', '--json');
    expect(vouched.remarks).not.toContain('exercise and what is real');
  });
});

describe('a channel in dispute', () => {
  it('says what was broken and what to do, asks before sending, and is settled with a reason', async () => {
    const into = ['--channel', 'Winter drill', '--classification', 'RESTRICTED', '--subject'];
    await as('bg', 'send', ...into, 'Second');
    const liar = await hubThat((path, body) => (path.endsWith('/events') ? withAnotherChain(body) : body));
    await as('hu', 'sync', '--hub', liar);
    for (const list of ['channels', 'inbox']) {
      const { text } = await as('hu', list);
      expect(text).toContain('IN DISPUTE');
      expect(text).toContain('CLI-07');
    }
    expect((await as('hu', 'members', '--channel', 'Winter drill', '--json')).json()).toMatchObject({
      standing: 'in-dispute',
      broken: [{ check: 'CLI-07', by: 'bg:petrova:desk-1' }],
    });
    expect(await as('hu', 'send', ...into, 'Unasked', '--json')).toMatchObject({ exitCode: 4 });
    const unsure = await community.run(['--as', 'hu', 'send', ...into, 'Unsure'], { typed: 'no' });
    expect(unsure).toMatchObject({ exitCode: 2 });
    const decided = await community.run(['--as', 'hu', 'send', ...into, 'Decided'], { typed: 'send' });
    expect(decided).toMatchObject({ exitCode: 0 });
    const settled = await as('hu', 'channel', 'settle', 'Winter drill', '--reason', 'Sofia saw the same', '--json');
    expect(settled.json()).toMatchObject({ standing: 'good', broken: [] });
    expect((await as('hu', 'alarms', '--settled')).text).toContain('Sofia saw the same');
  });
});

/** The hub gives another hash for the last event than it has. */
function withAnotherChain(body: Buffer): Buffer {
  const answer = JSON.parse(body.toString()) as { events?: { chain: string }[] };
  const last = answer.events?.at(-1);
  if (last !== undefined) last.chain = 'A'.repeat(43);
  return Buffer.from(JSON.stringify(answer));
}

describe('liaison sessions, second-factor and lock', () => {
  it('show and end sessions, say what is demanded, and shut an officer out', async () => {
    await as('ba', 'whoami');
    expect((await as('ba', 'sessions', 'list')).text).toMatch(/\(this one\) .*ba:[a-z]+:desk-1 .*127\.0\.0\.\* +none/);
    expect((await as('ba', 'sessions', 'end', '--others')).text).toMatch(/^\d+ sessions? ended\.$/);
    expect(await as('ba', 'sessions', 'end')).toMatchObject({ exitCode: 2 });
    expect((await as('ba', 'second-factor')).text).toContain('Your contact point demands no second proof.');
    const [officer = ''] = /ba:[a-z]+/.exec((await as('ba', 'sessions', 'list')).text) ?? [];
    const allows = async (who: string) => (await as('ba', 'admin', 'second-factor', 'allow', who, '--yes')).remarks;
    expect(await allows('ba:nobody')).toContain('No device of ba:nobody has signed in here.');
    expect(await allows(officer)).toContain('SFA-05');
    expect((await as('ba', 'admin', 'locks')).text).toBe('Nobody is locked.');
    expect((await as('ba', 'lock', '--reason', 'A test', '--yes')).text).toMatch(
      /^All devices of ba:[a-z]+ are locked\./,
    );
    expect((await as('ba', 'inbox')).remarks).toContain('liaison inbox --offline');
    expect(await as('ba', 'inbox', '--offline')).toMatchObject({ exitCode: 0 });
    expect(await as('ba', 'sessions', 'list')).toMatchObject({
      exitCode: 4,
      remarks: expect.stringContaining('SIN-03'),
    });
  });

  it('end no lock that cannot be verified, unless that is said', async () => {
    const [officer, device] = [OfficerAddress.parse('it:bianchi'), DeviceAddress.parse('it:bianchi:desk-1')];
    const said = { id: newId(systemClock, systemRandom), officer, reason: 'A test', at: timestampOf(systemClock) };
    const lock = new UnknownSigner(device, systemClock).lock(said);
    const told = Buffer.from(JSON.stringify({ locks: [lock] }));
    const liar = await hubThat((path, body) => (path === '/v1/locks' ? told : body));
    const unlock = (...argv: string[]) =>
      as('it', 'admin', 'unlock', officer, '--reason', 'A test', '--yes', '--hub', liar, ...argv);
    const refused = await unlock();
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.remarks).toContain('The lock of it:bianchi is not verified');
    // The true hub knows no such lock.
    expect((await unlock('--unverified')).remarks).toContain('LCK-02');
  });
});
