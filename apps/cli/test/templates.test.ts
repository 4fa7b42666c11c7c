import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadLabels } from '#liaison/templates';
import { liaison, type Transcript } from './capture.js';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

const SUBJECT = 'Видян камион при Калотина';
const FACTS = {
  seenAt: '2026-11-21T18:30:00+02:00',
  place: { name: 'Калотина', country: 'BGR', notes: '' },
  confidence: 'probable',
  description: 'Хладилен камион с чужда регистрация.',
  persons: [{ role: '', name: '' }],
};

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(() => community.end());

const as = (contactPoint: string, ...argv: string[]) => community.run(['--as', contactPoint, ...argv]);
const path = (name: string) => join(community.dataFolder, name);
const recordOf = (transcript: Transcript) => transcript.json()['record'] as Record<string, unknown>;
const stored = async (transcript: Promise<Transcript>) => {
  const { exitCode, remarks, json } = await transcript;
  expect(`${exitCode} ${remarks}`).toMatch(/^0/);
  return (json()['record'] as { id: string }).id;
};
const write = async (name: string, value: unknown) => {
  await writeFile(path(name), JSON.stringify(value));
  return path(name);
};
const MARKS = ['--classification', 'RESTRICTED', '--handling', 'H2'];

describe('liaison template', () => {
  it('lists the forms by their titles in the language that was asked for', async () => {
    const { exitCode, text } = await liaison(['template', 'list', '--lang', 'ur']);
    expect(exitCode).toBe(0);
    expect(text).toContain((await loadLabels('ur')).text('template.smuggling-alert'));
    expect(text).toMatch(/smuggling-alert +1 +built in/);
  });

  it('shows a form: fields, what they take, and codes with their labels', async () => {
    const { text, lines } = await liaison(['template', 'show', 'sighting', '--lang', 'bg']);
    const bulgarian = await loadLabels('bg');
    expect(text).toContain(bulgarian.text('field.seenAt'));
    expect(text).toContain(`probable = ${bulgarian.text('code.confidence.probable')}`);
    expect(lines.join('')).not.toContain('\u200f');
    const urdu = await liaison(['template', 'show', 'sighting'], { variables: { LIAISON_LANG: 'ur' } });
    expect(
      urdu.lines.flatMap((line) => line.split('\n')).every((line) => line === '' || line.startsWith('\u200f')),
    ).toBe(true);
    const json = await liaison(['template', 'show', 'sighting', '--json']);
    expect(json.json()).toMatchObject({ template: { id: 'sighting', version: 1, kinds: ['sighting'] } });
  });

  it('writes facts to fill in, and never over those that somebody has', async () => {
    const file = path('new.json');
    const { exitCode, text } = await liaison(['template', 'new', 'sighting', file]);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^\/seenAt \* {2}/m);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ seenAt: '', persons: [{ role: '' }] });
    expect((await liaison(['template', 'new', 'sighting', file])).exitCode).not.toBe(0);
  });

  it('knows what it does not know', async () => {
    expect(await liaison(['template', 'show', 'gossip'])).toMatchObject({ exitCode: 3 });
  });
});

describe('a form that is sent', () => {
  let id = '';

  it('is refused with every fault by its place, in the language of who writes it', async () => {
    const file = await write('wrong.json', { ...FACTS, seenAt: 'yesterday', confidence: 'sure', gossip: 1 });
    const sent = await as('bg', 'send', '--to', 'hu', '--template', 'sighting', '--from-facts', file, ...MARKS);
    expect(sent.exitCode).toBe(2);
    const labels = await loadLabels('bg');
    expect(sent.remarks).toContain(`/seenAt (${labels.text('field.seenAt')}): ${labels.text('form.timestamp')}`);
    expect(sent.remarks).toContain(`Found: "yesterday"`);
    expect(sent.remarks).toContain(
      `${labels.text('problem.code')} Expected: certain, probable, possible Found: "sure"`,
    );
    expect(sent.remarks).toContain(`/gossip: ${labels.text('problem.unknown')}`);
  });

  it.each([
    [
      ['--evaluation-scheme', '3x5x2', '--source', '1', '--information', 'B'],
      /3x5x2 is not whole: --evaluation-handling is P/,
    ],
    [['--evaluation-scheme', 'admiralty', '--source', 'G', '--information', '2'], /not whole: --source is A to F\.$/m],
    [['--evaluation-scheme', 'nato'], /--evaluation-scheme is europol, admiralty or 3x5x2\./],
    [['--evaluation-handling', 'C'], /belong to --evaluation-scheme 3x5x2/],
  ])('is told which part of a grade is missing: %j', async (grade, words) => {
    const sent = await as('bg', 'send', '--to', 'hu', '--subject', 'Graded', ...MARKS, ...grade);
    expect([sent.exitCode, sent.remarks]).toEqual([2, expect.stringMatching(words)]);
  });

  it('takes its kind from the form and leaves out what nobody filled in', async () => {
    id = await stored(
      community.run(
        [
          ...[
            '--as',
            'bg',
            'send',
            '--to',
            'hu',
            '--template',
            'sighting',
            '--from-facts',
            '-',
            '--lang',
            'bg',
            ...MARKS,
          ],
          ...[
            '--subject',
            SUBJECT,
            '--tlp',
            'AMBER',
            '--fact-marking',
            '/description=RESTRICTED,H2,TLP:AMBER',
            '--json',
          ],
          ...['--evaluation-scheme', 'admiralty', '--source', 'B', '--information', '2'],
        ],
        { input: JSON.stringify(FACTS) },
      ),
    );
    await as('hu', 'sync');
    expect(recordOf(await as('hu', 'read', id, '--offline', '--json'))).toMatchObject({
      kind: 'sighting',
      readIn: 'hu',
      body: {
        template: { id: 'sighting', version: 1 },
        facts: {
          seenAt: '2026-11-21T16:30:00.000Z',
          place: { name: 'Калотина', country: 'BG' },
          confidence: 'probable',
        },
        originalEvaluation: { scheme: 'admiralty', source: 'B', information: '2' },
        factMarkings: { '/description': { tlp: 'AMBER' } },
      },
    });
  });

  it('stands in the inbox by its title in the language of the reader', async () => {
    const title = (await loadLabels('hu')).text('template.sighting');
    const { text } = await as('hu', 'inbox', '--offline');
    expect(text).toContain(`${title}: ${SUBJECT.slice(0, 8)}`);
  });

  it('is read in the language of the reader, and in any that was asked for', async () => {
    const hungarian = await as('hu', 'read', id, '--offline');
    const labels = await loadLabels('hu');
    for (const key of ['template.sighting', 'field.seenAt', 'code.confidence.probable', 'evaluation.approximate'])
      expect(hungarian.text).toContain(labels.text(key));
    expect(hungarian.text).toMatch(/^ *\[!\] .*TLP:AMBER/m);
    const urdu = await as('hu', 'read', id, '--offline', '--lang', 'ur');
    expect(urdu.text).toContain((await loadLabels('ur')).text('field.seenAt'));
    expect(urdu.lines.join('\n')).toMatch(/\u200f.*\u2066.*\u2069/);
  });

  it('is printed as a page that stands alone, for its reader alone', async () => {
    const file = path('page.html');
    expect((await as('hu', 'read', id, '--offline', '--lang', 'ar', '--print', file)).exitCode).toBe(0);
    const html = await readFile(file, 'utf8');
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).not.toContain('<script');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('is translated by a member, with the original one step away', async () => {
    const words = await write('words.json', { '/description': 'Hűtőkocsi külföldi rendszámmal.' });
    const translated = await as(
      ...(['hu', 'translate', id, '--lang', 'hu', '--subject', 'Teherautó Kalotinánál', '--facts', words] as const),
    );
    expect(translated.exitCode).toBe(0);
    const read = await as('hu', 'read', id, '--offline');
    for (const text of ['Teherautó Kalotinánál', 'Hűtőkocsi', 'hu:kovacs:desk-1', SUBJECT, 'Хладилен камион'])
      expect(read.text).toContain(text);
    const original = await as('hu', 'read', id, '--offline', '--original');
    expect(original.text).toContain(SUBJECT);
    expect(original.text).not.toContain('Hűtőkocsi');
    expect(original.text).toContain((await loadLabels('bg')).text('field.seenAt'));
  });

  it('cannot be translated where it has nothing', async () => {
    const words = await write('lost.json', { '/gossip': 'Pletyka' });
    expect(await as('hu', 'translate', id, '--lang', 'hu', '--facts', words)).toMatchObject({ exitCode: 2 });
  });

  it('leaves as STIX and as MISP, and comes back as a draft', async () => {
    for (const format of ['stix', 'misp']) {
      const file = path(`${format}.json`);
      const out = await as('hu', 'export', id, '--format', format, '--out', file);
      expect(`${out.exitCode} ${out.remarks}`).toMatch(/^0/);
      expect((await stat(file)).mode & 0o077).toBe(0);
      const draft = await as('hu', 'import', file, '--format', format, '--json');
      expect(draft.json()).toMatchObject({
        draft: { kind: 'sighting', marking: { classification: 'RESTRICTED' }, body: { subject: SUBJECT } },
      });
    }
    const sent = await as('hu', 'import', path('stix.json'), '--format', 'stix', '--to', 'it', '--json');
    expect(recordOf(sent)).toMatchObject({ kind: 'sighting', state: 'stored' });
  });

  it('does not leave where its marks hold it back, for reasons in the language of who asked', async () => {
    const file = path('held.json');
    const held = await as(
      'hu',
      'export',
      id,
      '--format',
      'stix',
      '--purpose',
      'partner',
      '--recipients',
      'it',
      '--out',
      file,
    );
    expect(held.exitCode).toBe(4);
    expect(held.text).toContain('(handling-h2)');
    const values = { originators: 'Bulgária', contactPoints: 'Olaszország' };
    expect(held.text).toContain((await loadLabels('hu')).text('reason.handling-h2', values));
    await expect(stat(file)).rejects.toThrow();
  });
});
