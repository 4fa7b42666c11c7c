import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import decodeQR from 'qr/decode.js';
import { encodeQR } from 'qr';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUntrustedRoster, SignedRoster } from '#liaison/protocol';
import { kitCode } from '../src/ceremony/kit-page.js';
import type { Transcript } from './capture.js';
import { type DemoCommunity, emptyHub } from './demo-community.js';

const PASSPHRASE = 'correct horse battery staple';
const point = (id: string, en: string) => ({
  id,
  names: { en },
  timeZone: 'Europe/Sofia',
  weekend: [6, 7],
  languages: ['en'],
  ceiling: 'RESTRICTED',
});
const PLAN = {
  type: 'liaison-plan',
  v: 1,
  community: 'rehearsal',
  threshold: 2,
  coChairs: ['iq', 'bg'],
  contactPoints: [point('iq', 'Iraq'), point('bg', 'Bulgaria')],
};

let community: DemoCommunity;
const at = (name: string) => join(community.dataFolder, name);
const run = (...argv: string[]) => community.run([...argv, '--passphrase-file', at('passphrase'), '--json']);
const ceremony = (...argv: string[]) => run('ceremony', ...argv);
const backup = (...argv: string[]) => run('backup', ...argv);
const succeeded = ({ exitCode, text, remarks, json }: Transcript) => {
  if (exitCode !== 0) throw new Error(`${text}${remarks}`);
  return json();
};
const done = async (...argv: string[]) => succeeded(await ceremony(...argv));
const rosterIn = async (name: string) =>
  decodeUntrustedRoster(SignedRoster.parse(JSON.parse(await readFile(at(name), 'utf8'))).roster);
const sign = async (draft: string, key: string, ...more: string[]) =>
  String((await done('sign', at(draft), '--key', at(key), '--yes', ...more))['file']);

beforeAll(async () => {
  community = await emptyHub();
  await writeFile(at('passphrase'), `${PASSPHRASE}\n`);
  await writeFile(at('plan.json'), JSON.stringify(PLAN));
});
afterAll(() => community.end());

describe('a founding by command line, each on their own machine', () => {
  it('makes keys that are sealed, and hand-ins that hold no secret', async () => {
    for (const id of ['iq', 'bg']) {
      await done('co-chair', at(`key-${id}.json`), '--contact-point', id, '--yes');
      await done('authority', at(`ca-${id}.json`), '--contact-point', id, '--name', `Country ${id}`, '--yes');
      for (const name of [`key-${id}.json`, `ca-${id}.json`]) {
        expect(JSON.parse(await readFile(at(name), 'utf8'))).toMatchObject({ type: 'liaison-passphrase-sealed' });
        expect((await stat(at(name))).mode & 0o077).toBe(0);
      }
    }
    const handIn = JSON.parse(await readFile(at('key-iq.public.json'), 'utf8')) as object;
    expect(Object.keys(handIn).sort()).toEqual(['contactPoint', 'keyId', 'proof', 'publicKey', 'type', 'v']);
  });

  it('never writes over a key', async () => {
    const again = await ceremony('co-chair', at('key-iq.json'), '--contact-point', 'iq', '--yes');
    expect(again).toMatchObject({ exitCode: 4 });
  });

  it('asks for the word, and stops without it', async () => {
    const argv = [
      'ceremony',
      'co-chair',
      at('key-fr.json'),
      '--contact-point',
      'fr',
      '--passphrase-file',
      at('passphrase'),
    ];
    const stopped = await community.run(argv, { typed: 'no' });
    expect(stopped.exitCode).toBe(2);
    expect(stopped.remarks).toContain('This key signs who belongs to the community');
    expect(stopped.remarks).toContain('Stopped: nothing was done');
    const made = await community.run(argv, { typed: 'make' });
    expect(made.exitCode).toBe(0);
    expect(made.text).toMatch(/fingerprint +(\d{5} ){5}\d{5}/);
  });

  it('refuses a short passphrase', async () => {
    await writeFile(at('short'), 'secret\n');
    const argv = [
      'ceremony',
      'co-chair',
      at('x.json'),
      '--contact-point',
      'iq',
      '--yes',
      '--passphrase-file',
      at('short'),
    ];
    expect((await community.run(argv)).remarks).toContain('at least 15 characters');
  });

  it('drafts, is signed apart, merged, verified, and published', async () => {
    const hub = await done('hub', at('hub.json'));
    const handIns = ['key-iq', 'key-bg', 'ca-iq', 'ca-bg'].map((name) => at(`${name}.public.json`));
    const draft = await done(
      'draft',
      at('plan.json'),
      '--hub-file',
      at('hub.json'),
      '--hand-in',
      ...handIns,
      '--out',
      at('draft.json'),
    );
    expect(draft).toMatchObject({ version: 1, threshold: 2, hub: { fingerprint: hub['fingerprint'] } });
    const authority = await done('show', at('ca-bg.public.json'));
    expect(draft['contactPoints']).toContainEqual(
      expect.objectContaining({ id: 'bg', fingerprint: authority['fingerprint'] }),
    );

    const first = await sign('draft.json', 'key-iq.json');
    const alone = await ceremony('merge', at('draft.json'), first, '--out', at('alone.json'));
    expect(alone.exitCode).toBe(2);
    expect(alone.text).toContain('lacks signatures');
    const second = await sign('draft.json', 'key-bg.json');
    await done('merge', at('draft.json'), first, second, '--out', at('roster.json'));
    expect(await done('verify', at('roster.json'))).toMatchObject({ holds: true, fingerprint: draft['fingerprint'] });
    expect(await done('publish', at('roster.json'), '--yes')).toMatchObject({ version: 1 });
    const minutes = (await readFile(at('minutes.jsonl'), 'utf8')).trim().split('\n');
    expect(minutes.map((line) => (JSON.parse(line) as { step: string }).step)).toEqual([
      ...['iq', 'bg'].flatMap(() => ['co-chair key made', 'contact point CA made']),
      'co-chair key made',
      'hub asked',
      'roster drafted',
      'roster signed',
      'roster signed',
      'signatures merged',
      'roster published',
    ]);
  });

  it('gives a joining kit whose page and code agree with its file', async () => {
    const made = await done(
      'kit',
      at('roster.json'),
      '--contact-point',
      'bg',
      '--hub',
      community.hub.url,
      '--out',
      at('kit-bg'),
    );
    const page = await readFile(String(made['page']), 'utf8');
    const digits = String(made['fingerprint']);
    expect(page).toContain(digits.split(' ').slice(0, 6).join(' '));
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/<script|src=|href=/);
    const kit = JSON.parse(await readFile(String(made['file']), 'utf8')) as Parameters<typeof kitCode>[0];
    const scanned = scan(kitCode(kit));
    expect(await done('show', String(made['file']), '--expect', scanned)).toMatchObject({ fingerprint: digits });
    const other = await ceremony(
      'show',
      String(made['file']),
      '--expect',
      digits.replace(/\d/, (d) => String((Number(d) + 1) % 10)),
    );
    expect(other.exitCode).toBe(7);
    expect(other.json()).toMatchObject({ error: { check: 'CER-05' } });
  });
});

/** Through the picture, as a camera would. */
function scan(text: string): string {
  const matrix = encodeQR(text, 'raw', { ecc: 'medium' });
  const scale = 4;
  const size = matrix.length * scale;
  const data = new Uint8Array(size * size * 3).fill(255);
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      if (matrix[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        data.fill(0, (y * size + x) * 3, (y * size + x) * 3 + 3);
  return decodeQR({ width: size, height: size, data });
}

describe('what must not get into a roster', () => {
  it('CER-01: a file of another form', async () => {
    await writeFile(at('odd.json'), '{"type":"liaison-plan","v":1}');
    const transcript = await ceremony('show', at('odd.json'));
    expect(transcript.json()).toMatchObject({ error: { check: 'CER-01' } });
  });

  it('a file of another purpose in the place of a key', async () => {
    const transcript = await ceremony('sign', at('draft.json'), '--key', at('ca-bg.json'), '--yes');
    expect(transcript.json()).toMatchObject({ error: { code: 'malformed', check: 'CRY-12' } });
  });

  it('CER-03: a co-chair’s key that somebody else hands in', async () => {
    const handIn = JSON.parse(await readFile(at('key-iq.public.json'), 'utf8')) as object;
    await writeFile(at('stolen.json'), JSON.stringify({ ...handIn, contactPoint: 'bg' }));
    expect((await ceremony('show', at('stolen.json'))).json()).toMatchObject({ error: { check: 'CER-03' } });
  });

  it('CER-04: the CA of one contact point for another', async () => {
    const handIn = JSON.parse(await readFile(at('ca-iq.public.json'), 'utf8')) as object;
    await writeFile(at('foreign.json'), JSON.stringify({ ...handIn, contactPoint: 'bg' }));
    expect((await ceremony('show', at('foreign.json'))).json()).toMatchObject({ error: { check: 'CER-04' } });
    const renewed = await ceremony(
      'revise',
      at('roster.json'),
      '--renew-ca',
      at('foreign.json'),
      '--out',
      at('no.json'),
    );
    expect(renewed.json()).toMatchObject({ error: { check: 'CER-04' } });
  });

  it('two hand-ins of one contact point', async () => {
    const twice = [at('ca-iq.public.json'), at('foreign.json'), at('ca-bg.public.json')];
    const transcript = await ceremony(
      'draft',
      at('plan.json'),
      '--hub-file',
      at('hub.json'),
      '--hand-in',
      ...twice,
      '--out',
      at('no.json'),
    );
    expect(transcript.json()).toMatchObject({ error: { code: 'conflict' } });
  });
});

describe('later versions', () => {
  const after = () => ['--after', at('roster.json')];

  it('tell in plain words what they change, and need one’s own copy of the version before', async () => {
    const draft = await done('revise', at('roster.json'), '--suspend', 'bg', '--out', at('draft-2.json'));
    expect(draft['changes']).toContainEqual(
      expect.stringContaining('bg is suspended: its devices are refused at once'),
    );
    const blind = await ceremony('sign', at('draft-2.json'), '--key', at('key-iq.json'), '--yes');
    expect(blind.json()).toMatchObject({ error: { code: 'usage', message: expect.stringContaining('--after') } });
  });

  it('bring in a security agreement and end it, and raise and lower what a contact point is cleared for', async () => {
    const agreement = {
      id: 'bg-iq-2026',
      parties: ['bg', 'iq'],
      upTo: 'CONFIDENTIAL',
      source: 'Treaty series 12',
      validFrom: '2026-01-01',
      verified: true,
    };
    await writeFile(at('bg-iq.json'), JSON.stringify({ type: 'liaison-agreement', v: 1, ...agreement }));
    const change = ['--agreement', at('bg-iq.json'), '--ceiling', 'bg=CONFIDENTIAL', 'iq=confidential'];
    const draft = await done('revise', at('roster.json'), ...change, '--out', at('agreed.json'));
    expect(draft['agreements']).toEqual([agreement]);
    expect(draft['changes']).toEqual([
      'iq enters channels up to CONFIDENTIAL instead of RESTRICTED.',
      'bg enters channels up to CONFIDENTIAL instead of RESTRICTED.',
      expect.stringMatching(
        /^Security agreement bg-iq-2026 comes into force: bg, iq up to CONFIDENTIAL, from 2026-01-01/,
      ),
      expect.stringContaining('It runs out on'),
    ]);
    const signatures = [
      await sign('agreed.json', 'key-iq.json', ...after()),
      await sign('agreed.json', 'key-bg.json', ...after()),
    ];
    await done('merge', at('agreed.json'), ...signatures, ...after(), '--out', at('agreed-2.json'));
    const ended = await done('revise', at('agreed-2.json'), '--end-agreement', 'bg-iq-2026', '--out', at('ended.json'));
    expect(ended['changes']).toContainEqual(expect.stringMatching(/^Security agreement bg-iq-2026 ends: .* bg, iq /));
    expect(ended['agreements']).toEqual([]);
  });

  it('let a newcomer join, a CA be renewed and a co-chair be replaced, signed by old and new', async () => {
    await done('authority', at('ca-fr.json'), '--contact-point', 'fr', '--name', 'France', '--yes');
    await done('renew-authority', at('ca-bg.json'), at('ca-bg-2.json'), '--years', '15');
    await writeFile(at('fr.json'), JSON.stringify({ type: 'liaison-newcomer', v: 1, ...point('fr', 'France') }));
    const revision = [
      '--join',
      at('fr.json'),
      '--hand-in',
      at('ca-fr.public.json'),
      '--renew-ca',
      at('ca-bg-2.public.json'),
    ];
    const chair = ['--co-chair-out', 'iq', '--co-chair-in', at('key-fr.public.json')];
    const draft = await done('revise', at('roster.json'), ...revision, ...chair, '--out', at('d2.json'));
    expect(draft['changes']).toEqual([
      expect.stringContaining('iq gives up the chair'),
      expect.stringContaining('fr takes the chair'),
      expect.stringContaining('bg renews its CA certificate, same key'),
      expect.stringContaining('fr joins'),
      expect.stringContaining('It runs out on'),
    ]);
    const outgoing = await sign('d2.json', 'key-iq.json', ...after());
    const staying = await sign('d2.json', 'key-bg.json', ...after());
    const withoutTheNew = await ceremony('merge', at('d2.json'), outgoing, staying, ...after(), '--out', at('r2.json'));
    expect(withoutTheNew.text).toContain('its own co-chairs');
    const incoming = await sign('d2.json', 'key-fr.json', ...after());
    const withoutTheOld = await ceremony('merge', at('d2.json'), incoming, staying, ...after(), '--out', at('r2.json'));
    expect(withoutTheOld.text).toContain('the co-chairs of the pinned roster');
    await done('merge', at('d2.json'), outgoing, staying, incoming, ...after(), '--out', at('r2.json'));
    expect(await done('verify', at('r2.json'), ...after())).toMatchObject({ version: 2 });
    expect((await rosterIn('r2.json')).coChairs.map(({ contactPoint }) => contactPoint)).toEqual(['bg', 'fr']);
    await done('publish', at('r2.json'), '--yes');
  });

  it('are refused by the hub and by verify where they go back or were run over', async () => {
    const again = await ceremony('publish', at('roster.json'), '--yes');
    expect(again.json()).toMatchObject({ error: { check: 'ROS-04' } });
    const back = await ceremony('verify', at('roster.json'), '--after', at('r2.json'));
    const message = expect.stringContaining('older than version 2') as unknown;
    expect(back.json()).toMatchObject({ error: { code: 'integrity', message } });
  });

  it('refuse a change that makes no sense', async () => {
    const tried = [
      ['--suspend', 'zz'],
      ['--restore', 'bg'],
      ['--co-chair-out', 'iq'],
      ['--threshold', '3'],
      ['--end-agreement', 'bg-iq-2026'],
      ['--ceiling', 'bg=HIGH'],
      ['--agreement', at('stranger.json')],
    ];
    const stranger = {
      id: 'bg-zz',
      parties: ['bg', 'zz'],
      upTo: 'SECRET',
      source: 'x',
      validFrom: '2026-01-01',
      verified: true,
    };
    await writeFile(at('stranger.json'), JSON.stringify({ type: 'liaison-agreement', v: 1, ...stranger }));
    for (const change of tried) {
      const transcript = await ceremony('revise', at('r2.json'), ...change, '--out', at('no.json'));
      expect(transcript.exitCode).toBe(2);
    }
  });
});

describe('a key in shares', () => {
  const shares = (...numbers: number[]) => numbers.map((number) => at(`shares/share-${number}-of-5.txt`));
  const split = async (key: string, folder: string) =>
    succeeded(await backup('split', at(key), '--shares', '5', '--needed', '3', '--out', at(folder), '--yes'));
  const roster = () => ['--roster', at('roster.json')];

  it('is rehearsed, restored, checked against the roster, and signs again', async () => {
    await split('ca-bg.json', 'shares');
    const page = await readFile(at('shares/share-2-of-5.html'), 'utf8');
    const text = (await readFile(at('shares/share-2-of-5.txt'), 'utf8')).trim();
    for (const group of text.split(' ')) expect(page).toContain(group);
    expect((await stat(at('shares/share-2-of-5.html'))).mode & 0o077).toBe(0);

    const rehearsed = succeeded(await backup('rehearse', ...shares(1, 4, 5), ...roster()));
    expect(rehearsed).toMatchObject({ what: 'authority', contactPoint: 'bg' });
    succeeded(await backup('restore', ...shares(2, 3, 5), ...roster(), '--out', at('ca-bg-again.json')));
    const renewed = await done('renew-authority', at('ca-bg-again.json'), at('ca-bg-3.json'));
    const draft = await done('revise', at('r2.json'), '--renew-ca', String(renewed['handIn']), '--out', at('d3.json'));
    expect(draft['changes']).toContainEqual(expect.stringContaining('same key'));
  });

  it('is refused where too few come together, or one is mistyped', async () => {
    const few = await backup('rehearse', ...shares(1, 4), ...roster());
    expect(few.json()).toMatchObject({ error: { check: 'SHR-02' } });
    await writeFile(at('typo.txt'), (await readFile(shares(1)[0] ?? '', 'utf8')).replace(/^./, 'Z'));
    const typo = await backup('rehearse', at('typo.txt'), ...shares(2, 3), ...roster());
    expect(typo.json()).toMatchObject({ error: { check: 'SHR-01', message: expect.stringContaining('typo.txt') } });
  });

  it('SHR-04: of a co-chair who has been replaced is not given back under the new roster', async () => {
    await split('key-iq.json', 'iq');
    const three = [1, 2, 3].map((number) => at(`iq/share-${number}-of-5.txt`));
    expect(succeeded(await backup('rehearse', ...three, ...roster()))).toMatchObject({ what: 'co-chair' });
    const replaced = await backup('restore', ...three, '--roster', at('r2.json'), '--out', at('no.json'));
    expect(replaced.json()).toMatchObject({ error: { code: 'integrity', check: 'SHR-04' } });
  });
});
