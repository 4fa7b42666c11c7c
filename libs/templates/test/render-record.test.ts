import { describe, expect, it } from '@jest/globals';
import { equivalentMarking, reason, REASON_CODES, REASON_VALUES } from '#liaison/policy';
import { ContactPointId, type ContentBody, type SecurityAgreement, type Translation } from '#liaison/protocol';
import {
  LABEL_LANGUAGES,
  loadLabels,
  markingHints,
  plainText,
  printHtml,
  reasonText,
  renderRecord,
  type StructuredView,
  templateOf,
  validateFacts,
  type ValueRow,
} from '../src/index.js';
import { recordsOf } from './sample.js';

const [sample] = await recordsOf('01-smuggling-advert-bg.json');
const english = await loadLabels('en');
const urdu = await loadLabels('ur');

const machine: Translation = {
  language: 'ur',
  translator: 'tool 1.2',
  method: 'machine',
  at: '2026-11-21T19:00:00.000Z',
  subject: 'ٹیلیگرام پر اشتہار',
  facts: { '/adverts/0/text': 'یورپ تک محفوظ راستہ' },
};

function valuesOf(view: StructuredView): readonly ValueRow[] {
  return view.sections.flatMap(({ rows }) => rows).filter((row) => row.kind === 'value');
}

function render(changes: Partial<ContentBody>, labels = urdu): StructuredView {
  return renderRecord({
    header: sample!.header,
    body: { ...sample!.body, ...changes },
    labels,
    timeZone: 'Asia/Karachi',
  });
}

describe('translations', () => {
  it('stand before the original, which stays one step away, and say who made them and how', () => {
    const view = render({ translations: [machine] });
    const subject = valuesOf(view).find(({ value }) => value === machine.subject);
    expect(subject).toMatchObject({ isTranslation: true, language: 'ur', direction: 'rtl' });
    expect(subject?.translation).toMatchObject({
      method: 'machine',
      translator: 'tool 1.2',
      original: { value: sample!.body.subject, language: 'bg', direction: 'ltr' },
    });
    expect(valuesOf(view).find(({ pointer }) => pointer === '/adverts/0/text')).toMatchObject({ isTranslation: true });
    expect(view.notices.map(({ code }) => code)).toContain('machine');
    for (const page of [plainText(view, 80, urdu), printHtml(view, urdu)]) {
      expect(page).toContain(urdu.text('translation.machine'));
      expect(page).toContain('тръгване');
    }
  });

  it('by people come before those by machines, and later ones before earlier ones', () => {
    const human = { ...machine, method: 'human', subject: 'انسانی', at: '2026-11-20T00:00:00.000Z' } as const;
    const later = { ...human, subject: 'بعد میں', at: '2026-11-21T00:00:00.000Z' };
    const view = render({ translations: [machine, human, later] });
    expect(valuesOf(view).some(({ value }) => value === 'بعد میں')).toBe(true);
    expect(view.notices.map(({ code }) => code)).not.toContain('machine');
  });

  it('that came as records of their own count too, and what nobody translated is told', () => {
    const { header, body } = sample!;
    const view = renderRecord({
      header,
      body,
      labels: urdu,
      timeZone: 'UTC',
      translations: [{ ...machine, facts: {} }],
    });
    expect(valuesOf(view).some(({ isTranslation }) => isTranslation)).toBe(true);
    expect(view.notices.map(({ code }) => code)).toContain('untranslated');
  });

  it('are not asked for by who reads the original language', async () => {
    const view = render({ translations: [machine] }, await loadLabels('bg'));
    expect(valuesOf(view).some(({ isTranslation }) => isTranslation)).toBe(false);
    expect(view.notices.map(({ text }) => text)).toEqual(['Няма превод на български: показва се на английски']);
  });
});

describe('marks', () => {
  it('head and foot the page, the national marking first', async () => {
    const [french] = await recordsOf('03-fake-job-adverts-fr.json');
    const view = renderRecord({ ...french!, labels: english, timeZone: 'UTC' });
    expect(view.banner).toBe('DIFFUSION RESTREINTE · Restricted · H0 · TLP:AMBER+STRICT');
    const lines = plainText(view, 80, english).trimEnd().split('\n');
    expect([lines[0], lines.at(-1)]).toEqual([view.banner, view.banner]);
    const html = printHtml(view, english);
    expect(html).toMatch(/<thead>.*DIFFUSION RESTREINTE.*<\/thead>/s);
    expect(html).toMatch(/<tfoot>.*DIFFUSION RESTREINTE.*<\/tfoot>/s);
  });

  it('are not forged by line breaks in what has one line', () => {
    const forged = 'x\n\n== Marking\nTLP:CLEAR\u2028TLP:CLEAR\u0085\tTLP:CLEAR';
    const { header, body } = sample!;
    const originalEvaluation = {
      scheme: '3x5x2',
      source: '1',
      information: 'B',
      handling: 'C',
      conditions: forged,
    } as const;
    const view = renderRecord({
      header: { ...header, marking: { ...header.marking, nationalMarking: forged } },
      body: {
        ...body,
        subject: forged,
        originalEvaluation,
        facts: { [forged]: forged, nested: { [forged]: { [forged]: [forged] } }, phones: [forged] },
        factMarkings: { '/nested': { classification: 'SECRET', nationalMarking: forged, handling: [], caveats: [] } },
      },
      labels: urdu,
      timeZone: 'UTC',
      translations: [{ ...machine, translator: forged, subject: forged }],
    });
    for (const labels of [english, urdu]) {
      const lines = plainText(view, 200, labels).split('\n');
      // What an author writes in several lines is indented under its label: it never starts a line.
      expect(lines.filter((line) => /^[\u200e\u200f\u2066-\u2069]*(== Marking|TLP:CLEAR)/.test(line))).toEqual([]);
    }
    const oneLiners = [view.banner, view.title, ...view.notices.map(({ text }) => text)];
    const rows = view.sections.flatMap((section) => section.rows);
    const ofRows = rows.flatMap((row) => [row.label, row.marking ?? '']);
    const notes = valuesOf(view).flatMap(({ translation }) => [translation?.note ?? '', translation?.translator ?? '']);
    const subject = valuesOf(view).find(({ label }) => label === urdu.text('view.subject'));
    const told = [...oneLiners, ...ofRows, ...notes, subject?.value ?? '', subject?.translation?.original.value ?? ''];
    expect(told.filter((text) => /[\n\r\t\u2028\u2029\u0085]/.test(text))).toEqual([]);
    expect(told.filter((text) => text.includes('x == Marking TLP:CLEAR')).length).toBeGreaterThan(6);
    expect(view.notices.map(({ code }) => code)).toContain('hidden');
  });

  it("are followed by the reader's own term where an agreement is recorded, else by why there is none", () => {
    const [fr, bg, bd] = ['fr', 'bg', 'bd'].map((id) => ContactPointId.parse(id)) as [
      ContactPointId,
      ContactPointId,
      ContactPointId,
    ];
    const marking = { ...sample!.header.marking, nationalMarking: 'RESTREINT UE/EU RESTRICTED' };
    const agreement: SecurityAgreement = {
      id: 'fr-bg',
      parties: [fr, bg],
      upTo: 'RESTRICTED',
      source: 'exchange of letters',
      validFrom: '2020-01-01',
      verified: false,
    };
    const rowsFor = (reader: ContactPointId): readonly string[] => {
      const equivalent = equivalentMarking(marking, fr, reader, [agreement], Date.parse('2026-11-21'));
      const header = { ...sample!.header, marking };
      const view = renderRecord({ header, body: sample!.body, labels: english, timeZone: 'UTC', equivalent });
      return valuesOf(view).flatMap(({ label, value }) => (label === english.text('mark.equivalent') ? [value] : []));
    };
    expect(rowsFor(bg)).toEqual(['За служебно ползване']);
    expect(rowsFor(bd)).toEqual([
      expect.stringContaining('No security agreement up to Restricted is in force between FR and BD'),
    ]);
  });

  it('of single facts stand at the fact', () => {
    const marking = { classification: 'CONFIDENTIAL', handling: ['H2'], caveats: [] } as const;
    const view = render(
      {
        factMarkings: {
          '/phones/1': { ...marking, handling: ['H2'], caveats: [] },
          '/persons/0': { ...marking, handling: [], caveats: [] },
        },
      },
      english,
    );
    const marked = view.sections.flatMap(({ rows }) => rows).filter((row) => row.marking !== undefined);
    expect(marked).toMatchObject([
      { pointer: '/phones/1', marking: 'Confidential · H2' },
      { kind: 'heading', pointer: '/persons/0', marking: 'Confidential' },
    ]);
    expect(plainText(view, 80, english)).toContain('[!] Confidential · H2');
  });

  it('say an exercise before everything', () => {
    const view = renderRecord({ ...sample!, labels: english, timeZone: 'UTC', isExercise: true });
    expect(view.banner).toMatch(/^EXERCISE – not real · /);
    expect(view.notices[0]?.code).toBe('exercise');
  });

  it('an original grade comes with its approximation', () => {
    const originalEvaluation = {
      scheme: '3x5x2',
      source: '1',
      information: 'B',
      handling: 'C',
      conditions: 'no copies',
    } as const;
    const values = valuesOf(render({ originalEvaluation }, english)).map(({ value }) => value);
    expect(values).toContain(
      'Original grade: 3x5x2 1BC. Approximate: converted from another scale. Handling conditions: no copies',
    );
  });

  it('are proposed for what the facts hold', () => {
    const template = templateOf('smuggling-alert')!;
    const proposed = markingHints(template, sample!.body.facts).map(({ why }) => why);
    expect(proposed).toEqual(['hint.restricted', 'hint.minors', 'hint.risk']);
    expect(
      markingHints(template, { migrants: { minors: 0 }, persons: [{ role: 'possible-victim' }] }).map(({ why }) => why),
    ).toEqual(['hint.restricted', 'hint.victim']);
    expect(markingHints(template, 'no facts').length).toBe(1);
  });
});

it.each([...LABEL_LANGUAGES])('reasons are said in %s with every value filled in', async (language) => {
  const labels = await loadLabels(language);
  for (const code of REASON_CODES) {
    const values = Object.fromEntries(
      REASON_VALUES[code].map((name) => [
        name,
        name === 'axes' ? ['tlp', 'handlingText'] : ['most', 'characters'].includes(name) ? 12 : 'iq',
      ]),
    );
    const said = reasonText(reason(code, values), labels, (point) => `[${point}]`);
    expect(said).not.toMatch(/[{}]|undefined/);
    expect(said.length).toBeGreaterThan(5);
  }
});

it('moments show the reader’s clock and everybody’s, and day and month cannot be confused', () => {
  const { header, body } = sample!;
  const rows = (timeZone: string): readonly string[] =>
    valuesOf(renderRecord({ header, body, labels: english, timeZone })).map(({ value }) => value);
  expect(rows('Asia/Karachi')).toContain('2026-11-21 23:00 GMT+5 (18:00 UTC)');
  expect(rows('Asia/Dhaka')).toContain('2026-11-22 00:00 GMT+6 (2026-11-21 18:00 UTC)');
  expect(rows('No/Where')).toContain('2026-11-21 18:00 UTC');
});

it('a body without a form, and facts that are no facts, are shown whole', () => {
  const { template, ...bare } = sample!.body;
  expect(template).toBeDefined();
  for (const facts of ['words', 42, null, [1, [2, { three: true }]], { a: { b: ['c'] } }]) {
    const view = renderRecord({ header: sample!.header, body: { ...bare, facts }, labels: english, timeZone: 'UTC' });
    expect(view.notices.map(({ code }) => code)).toContain('rawFacts');
    expect(valuesOf(view).filter(({ isRaw }) => isRaw).length).toBeGreaterThan(0);
  }
});

it('facts that do not fit their form are shown beside those that do', () => {
  const view = render(
    { facts: { crimes: ['migrant-smuggling'], phones: 'none', riskToLife: 'maybe', unknown: { deep: 1 } } },
    english,
  );
  expect(view.notices).toContainEqual(expect.objectContaining({ code: 'invalidFacts' }));
  const raw = valuesOf(view)
    .filter(({ isRaw }) => isRaw)
    .map(({ pointer, value }) => `${pointer} ${value}`);
  expect(raw).toEqual(['/riskToLife maybe', '/phones none', '/unknown/deep 1']);
  expect(validateFacts(templateOf('smuggling-alert')!, { unknown: 1 }).isValid).toBe(false);
});
