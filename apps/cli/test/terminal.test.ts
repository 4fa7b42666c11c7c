import { describe, expect, it } from '@jest/globals';
import { jsonText } from '../src/answers/answer.js';
import { ContentBody, DeviceAddress, RecordId } from '#liaison/protocol';
import { builtinCatalogue } from '#liaison/templates';
import { recordView, viewLines } from '../src/answers/record-page.js';
import { languageReader } from '../src/desk/reader.js';
import { paletteOf } from '../src/terminal/colour.js';
import { sideBySide } from '../src/terminal/columns.js';
import { displayWidth } from '../src/terminal/safe-text.js';
import { unattendedPrompt } from '../src/terminal/proof-prompt.js';
import { table } from '../src/terminal/table.js';
import { momentIn, shortMomentIn } from '../src/terminal/time-text.js';

const plain = (lines: readonly string[]) => lines.map((line) => line.replaceAll(/[\u2068\u2069]/g, ''));

describe('times', () => {
  it('stand in UTC and in the time of the desk', () => {
    expect(momentIn('2026-11-21T18:00:00.000Z', 'Europe/Sofia')).toBe('2026-11-21 18:00 UTC · 20:00 Europe/Sofia');
    expect(shortMomentIn('2026-11-21T18:00:00.000Z', 'Europe/Sofia')).toBe('21 Nov 18:00Z (20:00)');
  });

  it('name the day where it is another one there', () => {
    expect(momentIn('2026-11-21T22:30:00.000Z', 'Asia/Dhaka')).toBe('2026-11-21 22:30 UTC · 11-22 04:30 Asia/Dhaka');
  });
});

describe('a table', () => {
  it('shortens the flexible column and nothing else', () => {
    const lines = table(
      [{ title: 'ID' }, { title: 'SUBJECT', flexible: true }, { title: 'ACKED' }],
      [[{ text: '01991a2b' }, { text: 'a subject that is too long for this' }, { text: '0 of 5' }]],
      36,
    );
    expect(plain(lines)).toEqual(['ID        SUBJECT             ACKED', '01991a2b  a subject that is…  0 of 5']);
  });
});

describe('a table that is too wide', () => {
  it('folds its rows, and the header with them', () => {
    const cells = ['01991a2b', 'RESTRICTED', 'a subject of some length', '21 Nov 18:00Z (20:00)'];
    const columns = [{ title: 'ID' }, { title: 'CLASS' }, { title: 'SUBJECT', flexible: true }, { title: 'STORED' }];
    const lines = table(columns, [cells.map((text) => ({ text }))], 40);
    expect(plain(lines)).toEqual([
      'ID        CLASS',
      '  SUBJECT',
      '  STORED',
      '01991a2b  RESTRICTED',
      '  a subject of some length',
      '  21 Nov 18:00Z (20:00)',
    ]);
  });

  it('is never wider than the screen', () => {
    const lines = table([{ title: 'ID' }, { title: 'WHAT' }], [[{ text: 'a' }, { text: 'x'.repeat(90) }]], 30);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(30);
  });
});

describe('panels', () => {
  const panels = [
    { title: 'WROTE', lines: ['one', 'a line that is much longer than one third of the screen would be'] },
    { title: 'STORED', lines: ['two'] },
    { title: 'READ', lines: ['three'] },
  ];

  it('stand side by side on a wide screen', () => {
    const lines = sideBySide(panels, 120);
    expect(lines[0]).toMatch(/^WROTE +│ STORED +│ READ$/);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(120);
  });

  it('stand one under the other on a narrow one', () => {
    const lines = sideBySide(panels, 60);
    expect(lines[0]).toBe('── WROTE');
    expect(lines.join('\n')).not.toContain('│');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60);
  });
});

/** As `read` shows the facts of a record that is no form. */
async function factsPage(facts: object, columns = 100): Promise<string[]> {
  const reader = await languageReader('en', builtinCatalogue());
  const header = {
    id: RecordId.parse('01991a2b-0000-7000-8000-000000000000'),
    sender: DeviceAddress.parse('bg:petrova:desk-1'),
    kind: 'alert' as const,
    priority: 'routine' as const,
    marking: { classification: 'RESTRICTED' as const, handling: [], caveats: [] },
  };
  const body = ContentBody.parse({ v: 1, type: 'content', language: 'en', subject: 'Facts', facts });
  return viewLines(recordView({ header, body }, reader), columns, reader);
}

describe('facts of no form', () => {
  it('are an outline for people', async () => {
    const facts = { nextMovement: { from: '2026', count: 28 }, minors: true, phones: ['+1', '+2'], list: [{ a: 1 }] };
    const page = (await factsPage(facts)).join('\n');
    for (const words of [/nextMovement/, / from: +2026/, / count: +28/, /minors: +true/, / 1: +\+1/, / a: +1/])
      expect(page).toMatch(words);
  });

  it('cannot forge a line', async () => {
    const page = await factsPage({ 'a\nb': 'c\u001b[2Jd\nRESTRICTED' });
    expect(page.join('\n')).not.toContain('\u001b');
    expect(page.filter((line) => line.startsWith('RESTRICTED'))).toEqual([]);
  });
});

describe('JSON', () => {
  it('is the same value, with what a terminal would obey written as escapes', () => {
    const value = { text: 'a\u009b31m\u202eb\u2028c\u001b[0m' };
    const text = jsonText(value);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('colour', () => {
  it('is absent where it is not wanted', () => {
    expect(paletteOf(false).red('x')).toBe('x');
    expect(paletteOf(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  });
});

describe('a second proof where nobody sits at a terminal', () => {
  it('is not waited for: the link is told, and what to do', () => {
    const link = 'https://hub.example/second-factor#secret';
    const ticket = { link, code: '123 456', expiresAt: '2026-11-21T18:00:00.000Z' };
    expect(() => {
      unattendedPrompt(ticket);
    }).toThrow(new RegExp(`18:00:00 UTC .*${link} .*123 456 .*run the command again`));
  });
});
