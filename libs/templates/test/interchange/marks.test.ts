import { describe, expect, it } from '@jest/globals';
import { isAtLeastAsStrict } from '#liaison/policy';
import { type Json, Marking } from '#liaison/protocol';
import * as fc from 'fast-check';
import { exportMisp, exportStix, type Imported, importMisp, importStix } from '../../src/index.js';
import { recordOf, SMUGGLING } from './fixtures.js';

const subset = <Value>(...values: Value[]): fc.Arbitrary<Value[]> => fc.subarray(values);
const anyMarking: fc.Arbitrary<Marking> = fc
  .record(
    {
      classification: fc.constantFrom('UNCLASSIFIED', 'RESTRICTED', 'CONFIDENTIAL', 'SECRET', 'TOP SECRET'),
      nationalMarking: fc.constantFrom('За служебно ползване', 'say "no"'),
      handling: subset('H0', 'H1', 'H2', 'H3'),
      handlingText: fc.constantFrom('ask us', 'two\nlines "quoted"'),
      tlp: fc.constantFrom('RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR'),
      pap: fc.constantFrom('RED', 'AMBER', 'GREEN', 'CLEAR'),
      caveats: subset('death-penalty', 'victim-consent', 'minor', 'asylum-seeker'),
    },
    { requiredKeys: ['classification', 'handling', 'handlingText', 'caveats'] },
  )
  .map((marking) => Marking.parse(marking));

const STRICTEST = { classification: 'TOP SECRET', tlp: 'RED', pap: 'RED' };
const codes = ({ notes }: Imported): string[] => notes.map(({ code }) => code);
const object = (members: { [member: string]: Json }): Json => ({ spec_version: '2.1', ...members });
const stix = (...objects: Json[]): string => JSON.stringify({ type: 'bundle', id: 'bundle--1', objects });
const misp = (...names: string[]): string =>
  JSON.stringify({ Event: { info: 'x', Tag: names.map((name) => ({ name })) } });
const url = { type: 'url', id: 'url--1', value: 'https://example.org/' };

describe('marks never get laxer on the way', () => {
  it('any marking goes and comes back as it was', () => {
    fc.assert(
      fc.property(anyMarking, (marking) => {
        const record = recordOf({}, { marking });
        expect(importStix(JSON.stringify(exportStix(record).bundle)).draft.marking).toEqual(marking);
        expect(importMisp(JSON.stringify(exportMisp(record).event)).draft.marking).toEqual(marking);
      }),
      { numRuns: 60 },
    );
  });

  it('also where only the marks of other tools travel', () => {
    fc.assert(
      fc.property(anyMarking, (marking) => {
        const record = recordOf({}, { marking: { ...marking, handlingText: 'ask us' } });
        const read = [
          importStix(JSON.stringify(exportStix(record, { carryRecord: false }).bundle)),
          importMisp(JSON.stringify(exportMisp(record, { carryRecord: false }).event)),
        ];
        for (const { draft } of read)
          expect(isAtLeastAsStrict(draft.marking, { ...marking, handlingText: 'ask us' })).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('what is of an exercise says so, also without the record and in the words of others', () => {
    const drill = recordOf({}, { exercise: true });
    for (const carryRecord of [true, false]) {
      expect(importStix(JSON.stringify(exportStix(drill, { carryRecord }).bundle)).isExercise).toBe(true);
      expect(importMisp(JSON.stringify(exportMisp(drill, { carryRecord }).event)).isExercise).toBe(true);
      expect(importStix(JSON.stringify(exportStix(SMUGGLING, { carryRecord }).bundle)).isExercise).toBe(false);
    }
    expect(importStix(stix(object({ ...url, labels: ['exercise'] }))).isExercise).toBe(true);
    expect(importMisp(misp('exercise:generic="comcheck"'))).toMatchObject({ isExercise: true });
    expect(importMisp(misp('liaison:exercise="true"', 'tlp:green')).draft.marking).toMatchObject({ tlp: 'GREEN' });
    expect(importStix(stix(url)).isExercise).toBe(false);
  });

  it('a stricter mark that somebody added holds', () => {
    const { bundle } = exportStix(SMUGGLING);
    const red = 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1';
    const marked = bundle.objects.map((made) =>
      made.type === 'report' ? { ...made, object_marking_refs: [red] } : made,
    );
    const read = importStix(JSON.stringify({ ...bundle, objects: marked }));
    expect(read.draft.marking).toMatchObject({ tlp: 'RED', handling: ['H0', 'H1', 'H2'], caveats: ['minor'] });
    expect(codes(read)).toEqual(['unverified', 'marking-raised', 'changed']);
    const { Event } = exportMisp(SMUGGLING).event;
    const event = importMisp(JSON.stringify({ Event: { ...Event, Tag: [...Event.Tag, { name: 'tlp:red' }] } }));
    expect(event.draft.marking.tlp).toBe('RED');
    expect(codes(event)).toEqual(['unverified', 'marking-raised', 'changed']);
  });

  it('of a form that is not installed: the marks of both hold', () => {
    const record = recordOf({ template: { id: 'unheard-of', version: 1 }, facts: { a: 1 } });
    for (const read of [
      importStix(JSON.stringify(exportStix(record).bundle)),
      importMisp(JSON.stringify(exportMisp(record).event)),
    ]) {
      expect(read.draft).toMatchObject({ body: record.body, marking: record.header.marking });
      expect(codes(read)).toEqual(['unverified', 'form-unknown']);
    }
  });

  it('a mark of one member holds on every property that shows it', () => {
    const [, part] = Object.values(SMUGGLING.body.factMarkings ?? {});
    const marking = SMUGGLING.header.marking;
    const marked = recordOf({ ...SMUGGLING.body, factMarkings: { '/persons/0/surname': part } }, { marking });
    const person = exportStix(marked).bundle.objects.find(({ roles }) => JSON.stringify(roles) === '["organiser"]');
    const granular = JSON.stringify(person?.['granular_markings']);
    expect(granular).toContain('.surname"');
    expect(granular).toContain('"name"');
  });

  it('an object that stands twice is a change', () => {
    const { bundle } = exportStix(SMUGGLING);
    const [first] = bundle.objects;
    expect(codes(importStix(JSON.stringify({ ...bundle, objects: [first, ...bundle.objects] })))).toContain('changed');
    const { Event } = exportMisp(SMUGGLING).event;
    const twice = { ...Event, Attribute: [Event.Attribute[0], ...Event.Attribute] };
    expect(codes(importMisp(JSON.stringify({ Event: twice })))).toContain('changed');
  });

  it('a record that says less than the objects around it does not lower them', () => {
    const { bundle } = exportStix(
      recordOf({}, { marking: { classification: 'UNCLASSIFIED', handling: [], caveats: [] } }),
    );
    const strict = exportStix(SMUGGLING).bundle.objects.filter(({ type }) => type === 'marking-definition');
    const { draft } = importStix(JSON.stringify({ ...bundle, objects: [...bundle.objects, ...strict] }));
    expect(isAtLeastAsStrict(draft.marking, SMUGGLING.header.marking)).toBe(true);
  });

  it.each([
    [
      'a statement',
      object({
        type: 'marking-definition',
        id: 'marking-definition--1',
        definition_type: 'statement',
        definition: { statement: 'NOFORN' },
      }),
    ],
    [
      'an extension of others',
      object({
        type: 'marking-definition',
        id: 'marking-definition--1',
        extensions: { 'extension-definition--1': { a: 1 } },
      }),
    ],
    ['a reference to nothing', object({ ...url, object_marking_refs: ['marking-definition--2'] })],
    [
      'a granular one',
      object({ ...url, granular_markings: [{ selectors: ['value'], marking_ref: 'marking-definition--3' }] }),
    ],
    [
      'a colour that does not exist',
      object({
        type: 'marking-definition',
        id: 'marking-definition--1',
        definition_type: 'tlp',
        definition: { tlp: 'purple' },
      }),
    ],
  ])('%s that is not understood is the strictest, and said', (_, marked) => {
    const read = importStix(stix(url, marked));
    expect(read.draft.marking).toMatchObject(STRICTEST);
    expect(codes(read)).toContain('marking-unknown');
  });

  it.each([
    'tlp:ex:chr',
    'tlp:unclear',
    'nato:classification="CTS"',
    'fr-classif:classifiees="SECRET"',
    'PAP:PURPLE',
    'liaison:handling="H9"',
  ])('tag %s is the strictest, and said', (tag) => {
    const read = importMisp(misp('tlp:green', tag));
    expect(read.draft.marking).toMatchObject(STRICTEST);
    expect(codes(read)).toContain('marking-unknown');
  });

  it('colours are understood, old ones too; nothing said frees nothing', () => {
    const white = object({ ...url, object_marking_refs: ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9'] });
    expect(importStix(stix(white)).draft.marking).toEqual({
      classification: 'RESTRICTED',
      handling: ['H0'],
      tlp: 'CLEAR',
      caveats: [],
    });
    expect(importMisp(misp('tlp:amber+strict', 'PAP:GREEN', 'osint:source-type="blog"')).draft.marking).toEqual({
      classification: 'RESTRICTED',
      handling: ['H0'],
      tlp: 'AMBER+STRICT',
      pap: 'GREEN',
      caveats: [],
    });
    const unmarked = importStix(stix(url));
    expect(unmarked.draft.marking).toMatchObject({
      classification: 'RESTRICTED',
      handling: ['H0', 'H2'],
      tlp: 'AMBER+STRICT',
    });
    expect(codes(unmarked)).toContain('marking-absent');
  });

  it('a definition with our mark and other words is not ours', () => {
    const [definition] = exportStix(recordOf({})).bundle.objects.filter(({ definition: made }) => made !== undefined);
    const forged = { ...definition, definition: { statement: 'SECRET//NOFORN' } } as Json;
    expect(codes(importStix(stix(forged)))).toContain('marking-unknown');
  });

  it('the classification of a dissemination is a mark', () => {
    const dissemination = (relation: string, value: string): string =>
      JSON.stringify({
        Event: {
          info: 'x',
          Object: [
            { name: 'intelligence-dissemination', Attribute: [{ object_relation: relation, type: 'text', value }] },
          ],
        },
      });
    expect(importMisp(dissemination('classification', 'NATO SECRET')).draft.marking).toMatchObject({
      classification: 'SECRET',
    });
    expect(importMisp(dissemination('handling-instructions', 'not to courts')).draft.marking).toMatchObject({
      handlingText: 'not to courts',
    });
    expect(importMisp(dissemination('classification', 'VERY SECRET')).draft.marking).toMatchObject(STRICTEST);
  });
});
