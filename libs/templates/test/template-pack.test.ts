import { describe, expect, it } from '@jest/globals';
import { canonicalJson, type Json, LiaisonError } from '#liaison/protocol';
import {
  builtinCatalogue,
  CodeList,
  catalogueWith,
  loadLabels,
  parseTemplatePack,
  renderRecord,
  requireTemplate,
  templateOf,
  validateFacts,
} from '../src/index.js';
import { recordsOf } from './sample.js';

const FIELD = { name: 'seenAt', type: 'timestamp', required: true };

function templateWith(changes: Readonly<Record<string, Json>>): Record<string, Json> {
  return {
    v: 1,
    id: 'drone-sighting',
    version: 1,
    kinds: ['sighting'],
    sections: [{ id: 'observation', fields: [FIELD, { name: 'drone', type: 'code', codes: 'drone-types' }] }],
    ...changes,
  };
}

const PACK = {
  v: 1,
  community: 'demo',
  version: 3,
  templates: [templateWith({})],
  codeLists: [{ id: 'drone-types', verified: false, codes: [{ code: 'fixed-wing' }, { code: 'rotor' }] }],
  labels: {
    en: {
      'template.drone-sighting': 'Sighting of a drone',
      'field.drone': 'Drone {count, plural, one {x} other {y}}',
      'code.drone-types.fixed-wing': 'Fixed wing',
      'code.drone-types.rotor': 'Rotor',
    },
    bg: { 'template.drone-sighting': 'Наблюдение на дрон' },
  },
};

/** The check that refuses, or `accepted`. */
function verdictOf(make: () => unknown): string {
  try {
    make();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof LiaisonError)) throw error;
    return error.details.check ?? error.code;
  }
}

function packVerdict(pack: Json): string {
  return verdictOf(() => parseTemplatePack(canonicalJson(pack)));
}

function withFields(fields: Json): Record<string, Json> {
  return templateWith({ sections: [{ id: 'observation', fields }] });
}

function nested(depth: number): Json {
  return depth === 0 ? FIELD : { name: 'deeper', type: 'group', fields: [nested(depth - 1)] };
}

describe('template packs', () => {
  it('adds forms, code lists and labels', async () => {
    const catalogue = catalogueWith([parseTemplatePack(canonicalJson(PACK))]);
    const template = catalogue.template('drone-sighting')!;
    const { facts, isValid } = validateFacts(template, { seenAt: '2026-11-21T18:00:00Z', drone: 'rotor' }, catalogue);
    expect(isValid).toBe(true);
    const labels = await loadLabels('bg', catalogue);
    expect(labels.text('template.drone-sighting')).toBe('Наблюдение на дрон');
    expect(labels.text('code.drone-types.rotor')).toBe('Rotor');
    expect(labels.text('field.drone')).toBe('Drone {count, plural, one {x} other {y}}');
    const [sample] = await recordsOf('06-stolen-blanks-az.json');
    const body = { ...sample!.body, facts, template: { id: template.id, version: 1 } };
    const view = renderRecord({ header: sample!.header, body, labels, timeZone: 'UTC', catalogue });
    expect(view.title).toBe('Наблюдение на дрон');
    expect(view.sections.flatMap(({ rows }) => rows)).toContainEqual(expect.objectContaining({ value: 'Rotor' }));
  });

  it('never changes what exists: neither a version of a form, nor a label, nor a code', async () => {
    const own = templateOf('sighting')!;
    const impostor = parseTemplatePack(
      canonicalJson({
        ...PACK,
        templates: [templateWith({ id: 'sighting' }), templateWith({ id: 'sighting', version: 2 })],
        codeLists: [{ id: 'confidence', verified: true, codes: [{ code: 'certain' }, { code: 'guess' }] }],
        labels: {
          en: {
            'template.sighting': 'Changed',
            'code.confidence.certain': 'Changed',
            'code.confidence.guess': 'Guess',
          },
        },
      }),
    );
    const catalogue = catalogueWith([impostor]);
    const labels = await loadLabels('en', catalogue);
    expect(catalogue.template('sighting', 1)).toEqual(own);
    expect(catalogue.template('sighting')?.version).toBe(2);
    expect(labels.text('template.sighting')).toBe('Sighting');
    expect(labels.text('code.confidence.certain')).toBe('Certain');
    expect(catalogue.codeList('confidence')?.codes.map(({ code }) => code)).toEqual([
      'certain',
      'probable',
      'possible',
      'guess',
    ]);
  });

  it('a record of an unknown form or version is shown as it was sent, and said to be', async () => {
    const labels = await loadLabels('en');
    const [sample] = await recordsOf('06-stolen-blanks-az.json');
    for (const template of [
      { id: 'no-such-form', version: 1 },
      { id: 'stolen-documents', version: 99 },
    ]) {
      const view = renderRecord({
        header: sample!.header,
        body: { ...sample!.body, template } as never,
        labels,
        timeZone: 'UTC',
      });
      expect(view.notices.map(({ code }) => code)).toContain('unknownTemplate');
      const values = view.sections.flatMap(({ rows }) => rows).filter((row) => row.kind === 'value' && row.isRaw);
      expect(values).toContainEqual(
        expect.objectContaining({ value: 'AA0000100', pointer: '/documents/0/serialFrom' }),
      );
    }
  });

  it.each<[string, string, Json]>([
    ['TPL-01 too large', 'TPL-01', { ...PACK, labels: { en: { 'field.x': 'x'.repeat(70_000) } } }],
    ['TPL-02 another member', 'TPL-02', { ...PACK, script: 'x' }],
    ['TPL-02 no English', 'TPL-02', { ...PACK, labels: { bg: {} } }],
    [
      'TPL-02 labels of marks',
      'TPL-02',
      { ...PACK, labels: { en: { ...PACK.labels.en, 'classification.SECRET': 'Public' } } },
    ],
    [
      'TPL-02 a label that is markup of direction',
      'accepted',
      { ...PACK, labels: { en: { ...PACK.labels.en, 'help.x': 'a\u202eb' } } },
    ],
    ['TPL-02 controls in a label', 'TPL-02', { ...PACK, labels: { en: { ...PACK.labels.en, 'help.x': 'a\u001bb' } } }],
    ['TPL-04 twice', 'TPL-04', { ...PACK, templates: [templateWith({}), templateWith({})] }],
    ['TPL-05 no title', 'TPL-05', { ...PACK, templates: [templateWith({ id: 'untitled' })] }],
    [
      'TPL-05 no label of a code',
      'TPL-05',
      { ...PACK, codeLists: [{ id: 'drone-types', verified: true, codes: [{ code: 'new' }] }] },
    ],
    ['the whole', 'accepted', PACK],
  ])('%s', (_name, verdict, pack) => {
    expect(packVerdict(pack)).toBe(verdict);
  });

  it('PRO-01 is canonical, so that what was signed is what is read', () => {
    expect(verdictOf(() => parseTemplatePack(JSON.stringify(PACK, null, 1)))).toBe('PRO-01');
    expect(verdictOf(() => parseTemplatePack('['.repeat(20_000)))).toBe('PRO-01');
  });

  it('requires no built-in form that would not pass as a pack', () => {
    for (const template of builtinCatalogue().templates()) expect(requireTemplate(template)).toEqual(template);
  });
});

describe('hostile templates', () => {
  it.each<[string, string, unknown]>([
    ['TPL-02 nothing', 'TPL-02', undefined],
    ['TPL-02 an unknown field type', 'TPL-02', withFields([{ name: 'x', type: 'javascript' }])],
    ['TPL-02 a regular expression', 'TPL-02', withFields([{ name: 'x', type: 'line', pattern: '(a+)+$' }])],
    ['TPL-02 a name that is no name', 'TPL-02', withFields([{ name: '__proto__', type: 'line' }])],
    ['TPL-02 an endless list', 'TPL-02', withFields([{ name: 'x', type: 'line', many: 1e9 }])],
    [
      'TPL-02 too many fields in a section',
      'TPL-02',
      withFields(Array.from({ length: 41 }, (_, index) => ({ name: `f${index}`, type: 'line' }))),
    ],
    ['TPL-02 no sections', 'TPL-02', templateWith({ sections: [] })],
    ['TPL-03 groups too deep', 'TPL-03', withFields([nested(5)])],
    ['TPL-03 a field twice', 'TPL-03', withFields([FIELD, FIELD])],
    [
      'TPL-03 a section twice',
      'TPL-03',
      templateWith({
        sections: [
          { id: 'a', fields: [FIELD] },
          { id: 'a', fields: [FIELD] },
        ],
      }),
    ],
    [
      'TPL-03 a field in two sections',
      'TPL-03',
      templateWith({
        sections: [
          { id: 'a', fields: [FIELD] },
          { id: 'b', fields: [FIELD] },
        ],
      }),
    ],
    ['TPL-03 an option of another type', 'TPL-03', withFields([{ name: 'x', type: 'phone', codes: 'sex' }])],
    ['TPL-03 a code without its list', 'TPL-03', withFields([{ name: 'x', type: 'code' }])],
    ['TPL-03 a group without members', 'TPL-03', withFields([{ name: 'x', type: 'group' }])],
    ['TPL-03 bounds the wrong way round', 'TPL-03', withFields([{ name: 'x', type: 'count', min: 5, max: 1 }])],
    [
      'TPL-03 a condition on itself',
      'TPL-03',
      withFields([{ name: 'x', type: 'code', codes: 'sex', when: { field: 'x', is: ['male'] } }]),
    ],
    [
      'TPL-03 more fields than a form may have',
      'TPL-03',
      templateWith({
        sections: Array.from({ length: 4 }, (_, section) => ({
          id: `s${section}`,
          fields: Array.from({ length: 40 }, (_unused, index) => ({ name: `f${section}x${index}`, type: 'line' })),
        })),
      }),
    ],
  ])('%s', (_name, verdict, untrusted) => {
    expect(verdictOf(() => requireTemplate(untrusted))).toBe(verdict);
  });

  it('says which field types there are', () => {
    expect(() => requireTemplate(withFields([{ name: 'x', type: 'javascript' }]))).toThrow(
      /Known field types: text, line/,
    );
  });
});

it('built-in code lists have the documented form, each code once', () => {
  for (const list of builtinCatalogue().codeLists()) {
    expect(CodeList.parse(list)).toEqual(list);
    expect(new Set(list.codes.map(({ code }) => code)).size).toBe(list.codes.length);
  }
});
