import { describe, expect, it } from '@jest/globals';
import { ContentBody, type Json, LiaisonError, Marking } from '#liaison/protocol';
import * as fc from 'fast-check';
import {
  exportMisp,
  exportStix,
  type Imported,
  importMisp,
  importStix,
  INTERCHANGE_LIMITS,
  isList,
  isObject,
} from '../../src/index.js';
import { SMUGGLING } from './fixtures.js';

const FORMATS = [
  ['STIX', importStix, exportStix(SMUGGLING).bundle, exportStix(SMUGGLING, { carryRecord: false }).bundle],
  ['MISP', importMisp, exportMisp(SMUGGLING).event, exportMisp(SMUGGLING, { carryRecord: false }).event],
] as const;

/** Whatever comes in, a draft comes out that a client takes, or an error that says why. */
function mustHold(read: () => Imported): void {
  try {
    const { draft } = read();
    expect(ContentBody.safeParse(draft.body).error).toBeUndefined();
    expect(Marking.safeParse(draft.marking).error).toBeUndefined();
  } catch (error) {
    if (!(error instanceof LiaisonError)) throw error;
    expect(error.details.check).toMatch(/^XCH-0[1-4]$/);
  }
}

const checkOf = (read: () => unknown): string | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof LiaisonError ? error.details.check : 'not a LiaisonError';
  }
};

describe.each(FORMATS)('hostile %s', (_, read, whole, native) => {
  it('XCH-01 XCH-02 XCH-03 XCH-04: too large, no JSON, too deep, too many, something else', () => {
    expect(checkOf(() => read(' '.repeat(INTERCHANGE_LIMITS.chars + 1)))).toBe('XCH-01');
    expect(checkOf(() => read('{'))).toBe('XCH-02');
    expect(checkOf(() => read('['.repeat(100_000) + ']'.repeat(100_000)))).toBe('XCH-03');
    expect(checkOf(() => read(`[${'0,'.repeat(INTERCHANGE_LIMITS.values)}0]`))).toBe('XCH-03');
    const many = Array.from({ length: INTERCHANGE_LIMITS.objects + 1 }, () => ({}));
    const full = { type: 'bundle', objects: many, Event: { Attribute: many } };
    expect(checkOf(() => read(JSON.stringify(full)))).toBe('XCH-04');
    for (const other of ['null', '[]', '{}', '"x"', '{"Event":1}', '{"type":"bundle"}', '{"response":[{},{}]}'])
      expect(checkOf(() => read(other))).toBe('XCH-04');
  });

  it('changed anywhere, it is still a draft or an error', () => {
    for (const document of [whole, native]) {
      const text = JSON.stringify(document);
      const places = paths(JSON.parse(text) as Json);
      fc.assert(
        fc.property(fc.constantFrom(...places), spoilt, (place, value) => {
          const document = JSON.parse(text) as Json;
          mustHold(() => read(JSON.stringify(replaced(document, place, value))));
        }),
        { numRuns: 30 },
      );
    }
  });

  it('of any JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (objects) => {
        const list = objects.map((text) => JSON.parse(text) as Json);
        mustHold(() =>
          read(JSON.stringify({ type: 'bundle', objects: list, Event: { Attribute: list, Object: list, Tag: list } })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

const spoilt: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    '',
    0,
    -1,
    [],
    {},
    [[]],
    '\u0000\u202e',
    '\ud800',
    'x'.repeat(5000),
    '__proto__',
    [null],
    true,
  ),
  fc.constantFrom<Json>({ __proto__: null, constructor: 1 }, 'marking-definition', 'identity', 'person', 'H9', 1e308),
  fc.jsonValue() as fc.Arbitrary<Json>,
);

type Path = readonly (string | number)[];

function paths(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => paths(member ?? null, [...path, name]))];
}

function replaced(document: Json, [step, ...rest]: Path, value: Json): Json {
  if (step === undefined) return value;
  if (isList(document))
    return document.map((item, index) => (String(index) === String(step) ? replaced(item, rest, value) : item));
  const members = isObject(document) ? document : {};
  return { ...members, [step]: replaced(members[step] ?? null, rest, value) };
}
