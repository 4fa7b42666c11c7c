import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transcript } from './capture.js';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

const SUBJECT = 'Камион към Калотина тази нощ';

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(() => community.end());

const asBg = (...argv: string[]) => community.run(['--as', 'bg', ...argv]);
const asHu = (...argv: string[]) => community.run(['--as', 'hu', ...argv]);
const recordOf = (transcript: Transcript) => transcript.json()['record'] as Record<string, unknown>;
const recordsOf = (transcript: Transcript) => transcript.json()['records'] as Record<string, unknown>[];

describe('Sofia writes to Budapest', () => {
  let id = '';

  it('sends an alert, and has it stored', async () => {
    const sent = await asBg(
      ...['send', '--to', 'hu', '--kind', 'alert', '--lang', 'bg', '--classification', 'restricted'],
      ...['--handling', 'H2', '--tlp', 'AMBER', '--priority', 'urgent'],
      ...['--subject', SUBJECT, '--text', 'Хладилен камион, около 28 души.\n\u001b[2JCB 0000 XX', '--json'],
    );
    // The text of a record has no control characters: this one is refused before it leaves.
    expect(sent.exitCode).toBe(2);
    const again = await asBg(
      ...['send', '--to', 'hu', '--kind', 'alert', '--lang', 'bg', '--classification', 'restricted'],
      ...['--handling', 'H2', '--tlp', 'AMBER', '--priority', 'urgent'],
      ...['--subject', SUBJECT, '--text', 'Хладилен камион, около 28 души.', '--json'],
    );
    expect(again.exitCode).toBe(0);
    expect(recordOf(again)).toMatchObject({ kind: 'alert', state: 'stored', receipt: { duplicate: false } });
    id = recordOf(again)['id'] as string;
  });

  it('needs Budapest', async () => {
    const inbox = await asHu('inbox', '--json');
    expect(inbox.json()).toMatchObject({ synced: true, failures: [] });
    expect(recordsOf(inbox)[0]).toMatchObject({
      id,
      from: 'bg',
      state: 'needs-you',
      priority: 'urgent',
      subject: SUBJECT,
      marking: { classification: 'RESTRICTED', handling: ['H2'], tlp: 'AMBER' },
      acknowledged: { by: [], of: 1 },
    });
    const { text } = await asHu('inbox', '--offline');
    expect(text).toMatch(/^STATE +ID +PRIORITY +CLASS +CODES +FROM +KIND +SUBJECT +ACKED/);
    expect(text).toMatch(/NEEDS YOU +\S+ +urgent +RESTRICTED +H2 +bg +alert +Камион .* 0 of 1/);
  });

  it('is read whole, by the first characters of its id', async () => {
    const { exitCode, text } = await asHu('read', id.slice(0, 20));
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^RESTRICTED · H2 · TLP:AMBER\n/);
    for (const words of [SUBJECT, 'Хладилен камион', 'Bulgária (bg:petrova:desk-1)', 'Europe/Budapest', 'Korlátozott'])
      expect(text).toContain(words);
  });

  it('is acknowledged, and Sofia sees it', async () => {
    expect(await asHu('ack', id)).toMatchObject({ exitCode: 0 });
    const sent = recordsOf(await asBg('inbox', '--sent', '--to', 'hu', '--json'));
    expect(sent[0]).toMatchObject({ id, state: 'sent', acknowledged: { by: ['hu'], of: 1 } });
    const read = recordOf(await asBg('read', id, '--json'));
    expect(read).toMatchObject({
      body: { subject: SUBJECT },
      acknowledgements: [
        { state: 'read', device: 'hu:kovacs:desk-1' },
        { state: 'acknowledged', device: 'hu:kovacs:desk-1' },
      ],
    });
  });

  it('cannot be acknowledged by who wrote it', async () => {
    const { exitCode, remarks } = await asBg('ack', id);
    expect(exitCode).toBe(2);
    expect(remarks).toContain('the others acknowledge it');
  });

  it('is answered, in the same channel', async () => {
    const answer = await community.run(
      [
        ...['--as', 'hu', 'send', '--reply-to', id, '--kind', 'answer', '--classification', 'RESTRICTED'],
        ...['--subject', 'Found', '--text', '-', '--json'],
      ],
      { input: 'All alive.' },
    );
    expect(answer.exitCode).toBe(0);
    const received = recordsOf(await asBg('inbox', '--json'));
    expect(received[0]).toMatchObject({ kind: 'answer', inReplyTo: id, subject: 'Found' });
  });

  it('is seen live by who watches', async () => {
    const watching = asHu('watch', '--json', '--records', '1');
    await asBg('send', '--to', 'hu', '--classification', 'RESTRICTED', '--subject', 'Второ');
    const { exitCode, lines } = await watching;
    expect(exitCode).toBe(0);
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({ event: 'record', record: { from: 'bg', body: { subject: 'Второ' } } });
  });
});

describe('a scenario file', () => {
  const alert = join(import.meta.dirname, '../../../scenarios/01-smuggling-advert-bg.json');

  it('is sent as a record, with its marking and facts', async () => {
    const sent = await asBg('send', '--to', 'hu,mk,ba,iq,pk', '--scenario', alert, '--json');
    expect(recordOf(sent)).toMatchObject({ kind: 'alert', state: 'stored' });
    const [record] = recordsOf(await community.run(['--as', 'pk', 'inbox', '--json']));
    expect(record).toMatchObject({
      from: 'bg',
      marking: { tlp: 'AMBER', caveats: ['minor'] },
      acknowledged: { of: 5 },
    });
  });

  it('is not sent by somebody who did not write it', async () => {
    expect(await asHu('send', '--to', 'bg', '--scenario', alert)).toMatchObject({ exitCode: 2 });
  });
});

describe('facts', () => {
  it('travel as they are', async () => {
    const path = join(community.dataFolder, 'facts.json');
    await writeFile(path, JSON.stringify({ plate: 'CB 0000 XX', persons: 28 }));
    const sent = await asBg(
      ...['send', '--to', 'hu', '--classification', 'RESTRICTED', '--subject', 'Facts', '--facts', path, '--json'],
    );
    const id = recordOf(sent)['id'] as string;
    await asHu('sync');
    const read = recordOf(await asHu('read', id, '--no-receipt', '--json'));
    expect(read).toMatchObject({ body: { facts: { plate: 'CB 0000 XX', persons: 28 } }, acknowledgements: [] });
  });
});

describe('a colleague who means harm', () => {
  it('cannot reorder, forge or hide what the terminal of another shows', async () => {
    const subject = 'harmless\u202elmth.exe\u2066 and a \u009b31mcolour';
    const text = 'one\nAcknowledged by 9 of 9 contact points:\n\u2069\u202eevil';
    const argv = [
      'send',
      '--to',
      'hu',
      '--classification',
      'RESTRICTED',
      '--subject',
      subject,
      '--text',
      text,
      '--json',
    ];
    const id = recordOf(await asBg(...argv))['id'] as string;
    await asHu('sync');
    const { lines } = await asHu('read', id, '--offline');
    expect(lines.join('\n')).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u001b]/);
    // Text is set in, ours is not.
    expect(lines.filter((line) => /^ +Acknowledged by 9 of 9 contact points:$/.test(line))).toHaveLength(1);
    expect(lines).not.toContain('Acknowledged by 9 of 9 contact points:');
    const asJson = await asHu('read', id, '--offline', '--json');
    expect(asJson.lines.join('')).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u001b]/);
    expect(recordOf(asJson)).toMatchObject({ body: { subject, text } });
  });
});

describe('what is refused', () => {
  it.each([
    ['no classification', ['--subject', 'x'], 'Classify it'],
    ['no subject', ['--classification', 'RESTRICTED'], 'Give it a subject'],
    ['a classification that is none', ['--subject', 'x', '--classification', 'HIGH'], '--classification is one of'],
    [
      'H3 without its text',
      ['--subject', 'x', '--classification', 'RESTRICTED', '--handling', 'H3'],
      '--handling-text',
    ],
    [
      'a language that is none',
      ['--subject', 'x', '--classification', 'RESTRICTED', '--lang', 'Bulgarian!'],
      '--lang takes a language tag',
    ],
  ])('a record with %s', async (_what, argv, words) => {
    const { exitCode, remarks } = await asBg('send', '--to', 'hu', ...argv);
    expect(exitCode).toBe(2);
    expect(remarks).toContain(words);
  });

  it('a record above the ceiling of its channel, and says which rule', async () => {
    const refused = await asBg('send', '--to', 'hu', '--subject', 'x', '--classification', 'SECRET', '--json');
    expect(refused.exitCode).toBe(4);
    expect(JSON.stringify(refused.json())).toContain('RESTRICTED');
  });

  it('a channel that is not there', async () => {
    const { exitCode, remarks } = await asBg('send', '--to', 'fr', '--subject', 'x', '--classification', 'RESTRICTED');
    expect(exitCode).toBe(3);
    expect(remarks).toContain('channel create --with fr');
  });

  it('a wrong passphrase', async () => {
    const path = join(community.dataFolder, 'wrong');
    await writeFile(path, 'wrong\n');
    const { exitCode, remarks } = await asBg('whoami', '--passphrase-file', path);
    expect(exitCode).toBe(6);
    expect(remarks).toContain('Wrong passphrase');
  });
});

describe('looking around', () => {
  it('says whose device it is', async () => {
    expect((await asBg('whoami', '--json')).json()).toMatchObject({
      device: 'bg:petrova:desk-1',
      officer: 'Мария Петрова',
      clearance: 'RESTRICTED',
      rosterVersion: 1,
      timeZone: 'Europe/Sofia',
    });
  });

  it('lists the channels with their encrypted titles', async () => {
    const { text } = await asBg('channels');
    for (const title of ['The whole community', 'Bulgaria - Hungary', 'JIT Balkan Axle']) expect(text).toContain(title);
    expect(community.hub.logLines.join('')).not.toContain('JIT Balkan Axle');
  });

  it('finds a channel by a part of its title and lists its members', async () => {
    const members = (await asBg('members', '--channel', 'axle', '--json')).json()['members'];
    expect(members).toMatchObject([{ contactPoint: 'hu' }, { contactPoint: 'bg', self: true }, { contactPoint: 'mk' }]);
  });

  it('has an empty list of alarms', async () => {
    expect(await asBg('alarms', '--json')).toMatchObject({ exitCode: 0 });
    expect((await asBg('alarms', '--json')).json()).toEqual({ alarms: [] });
  });

  it('shows what was written here', async () => {
    const records = recordsOf(await asBg('outbox', '--json'));
    expect(records.every(({ state }) => state === 'stored' || state === 'failed')).toBe(true);
  });
});

describe('a new channel', () => {
  it('is created, joined, and left by who is removed', async () => {
    const created = await asBg('channel', 'create', '--with', 'fr', '--title', 'Sofia - Paris', '--json');
    expect(created.json()).toMatchObject({ channel: { kind: 'bilateral', title: 'Sofia - Paris' }, missing: [] });
    await community.run(['--as', 'fr', 'sync']);
    const seen = await community.run(['--as', 'fr', 'channels', '--offline']);
    expect(seen.text).toContain('Sofia - Paris');
    const removed = await asBg('remove-member', 'fr', '--channel', 'Sofia - Paris', '--yes', '--json');
    expect(removed.json()).toMatchObject({ removed: ['fr:moreau:desk-1'] });
    const after = await community.run(['--as', 'fr', 'channels']);
    expect(after.text).toMatch(/Sofia - Paris +you were removed/);
    // What the device holds of this and every other channel stays readable.
    expect((await community.run(['--as', 'fr', 'inbox'])).exitCode).toBe(0);
    const back = await asBg('add-member', 'fr:moreau:desk-1', '--channel', 'Sofia - Paris', '--json');
    expect(back.json()).toMatchObject({ added: ['fr:moreau:desk-1'], missing: [] });
  });
});

describe('without the hub', () => {
  it('watches on, and ends when it is told to', async () => {
    const stop = new AbortController();
    const watching = community.run(['--as', 'bg', '--hub', 'http://127.0.0.1:9', 'watch'], { stop: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 500);
    const { exitCode, text } = await watching;
    expect(exitCode).toBe(0);
    expect(text).toContain('trying again');
  });

  it('shows what the device holds, keeps what is written, and says so', async () => {
    const away = ['--as', 'bg', '--hub', 'http://127.0.0.1:9'];
    const inbox = await community.run([...away, 'inbox', '--json']);
    expect(inbox.exitCode).toBe(0);
    expect(inbox.json()).toMatchObject({ synced: false });
    const written = await community.run([
      ...away,
      'send',
      '--to',
      'hu',
      '--classification',
      'RESTRICTED',
      '--subject',
      'Later',
      '--json',
    ]);
    expect(written.exitCode).toBe(5);
    expect(recordOf(written)['state']).toMatch(/^(queued|sending)$/);
    expect((await asBg('sync', '--json')).json()).toMatchObject({ unsent: 0 });
  });
});
