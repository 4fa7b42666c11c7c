import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as fc from 'fast-check';
import type { RecordId } from '#liaison/protocol';
import { exportStix, type StixBundle, type StixObject, templates } from '#liaison/templates';
import { factsOf } from '../../libs/templates/test/interchange/arbitrary-facts.js';
import { MARKING, recordOf, SMUGGLING } from '../../libs/templates/test/interchange/fixtures.js';
import { SCENARIOS, scenarioRecords } from '../../libs/templates/test/interchange/scenario-records.js';

/** The schemas of oasis-open/cti-stix2-json-schemas are not part of this repository; they are used where they are at hand. */
const FOLDER = resolve(process.env['LIAISON_VECTORS'] ?? '../shared/vectors', 'stix/schemas');
const present = existsSync(FOLDER);
if (!present)
  process.stderr.write(`STIX schemas skipped: there is no ${FOLDER}. Set LIAISON_VECTORS to their folder.\n`);

const BASE = 'http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas';

(present ? describe : describe.skip)('STIX 2.1: exported bundles are valid', () => {
  const schemas = present ? readSchemas() : new Map<string, ValidateFunction>();

  it('a whole record', () => {
    expect(faults(exportStix(SMUGGLING).bundle, schemas)).toEqual([]);
    expect(faults(exportStix(SMUGGLING, { carryRecord: false }).bundle, schemas)).toEqual([]);
  });

  it('with indicators, where the originator allows action', () => {
    const open = recordOf({ ...SMUGGLING.body, factMarkings: undefined }, { marking: { ...MARKING, pap: 'GREEN' } });
    const { bundle } = exportStix(open);
    expect(bundle.objects.some(({ type }) => type === 'indicator')).toBe(true);
    expect(faults(bundle, schemas)).toEqual([]);
  });

  it('a sighting of a record that came before', () => {
    const facts = { seenAt: '2026-11-22T06:00:00.000Z', place: { name: 'Kalotina', country: 'BG' } };
    const inReplyTo = '019aa8b0-3000-7c3d-8a21-0f4e5d6c7b8a' as RecordId;
    const seen = recordOf({ template: { id: 'sighting', version: 1 }, facts }, { kind: 'sighting', inReplyTo });
    const { bundle } = exportStix(seen);
    const before = exportStix(recordOf({}, { id: inReplyTo })).bundle.objects.find(({ type }) => type === 'report');
    expect(bundle.objects.find(({ type }) => type === 'sighting')).toMatchObject({
      sighting_of_ref: before?.id,
      first_seen: facts.seenAt,
    });
    expect(faults(bundle, schemas)).toEqual([]);
  });

  it.each(SCENARIOS)('%s', async (file) => {
    for (const record of await scenarioRecords(file)) {
      const { bundle, losses } = exportStix(record);
      expect(losses).toEqual([]);
      expect(faults(bundle, schemas)).toEqual([]);
    }
  });

  it.each(templates().map(({ id }) => id))('any facts of %s', (id) => {
    const template = templates().find((candidate) => candidate.id === id)!;
    fc.assert(
      fc.property(factsOf(template), (facts) => {
        const record = recordOf({ template: { id, version: template.version }, facts });
        expect(faults(exportStix(record).bundle, schemas)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

/**
 * The envelope, then each object by the schema of its type: the published bundle schema takes no note, location or grouping, for both halves of
 * its rule for custom objects fit them (`oneOf`).
 */
function faults(bundle: StixBundle, schemas: ReadonlyMap<string, ValidateFunction>): string[] {
  const ids = new Set(bundle.objects.map(({ id }) => id));
  return [
    ...(/^bundle--[0-9a-f-]{36}$/.test(bundle.id) && ids.size === bundle.objects.length ? [] : ['the bundle itself']),
    ...bundle.objects.flatMap((object) => objectFaults(object, schemas)),
    ...bundle.objects.flatMap((object) => dangling(object, ids)),
  ];
}

function objectFaults(object: StixObject, schemas: ReadonlyMap<string, ValidateFunction>): string[] {
  const validate = schemas.get(object.type) ?? schemas.get('cyber-observable-core')!;
  const isKnown = schemas.has(object.type) || object.type.startsWith('liaison-');
  if (isKnown && validate(object)) return [];
  return [`${object.id}: ${JSON.stringify(validate.errors?.slice(0, 3))} ${JSON.stringify(object)}`];
}

/** References to what the bundle does not hold; a sighting may be of a record that came before. */
function dangling(object: StixObject, ids: ReadonlySet<string>): string[] {
  const references = Object.entries(object).flatMap(([name, value]) =>
    /_refs?$/.test(name) && name !== 'sighting_of_ref' ? [value].flat() : [],
  );
  return references
    .filter((id) => typeof id !== 'string' || !ids.has(id))
    .map((id) => `${object.id} refers to ${JSON.stringify(id)}`);
}

function readSchemas(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv2020({ unicodeRegExp: false, strict: false, logger: false });
  formats.default(ajv);
  const files = readdirSync(FOLDER).flatMap((kind) =>
    readdirSync(join(FOLDER, kind)).map((file) => ({ id: `${kind}/${file}`, type: file.slice(0, -'.json'.length) })),
  );
  for (const { id } of files) ajv.addSchema(JSON.parse(readFileSync(join(FOLDER, id), 'utf8')) as object);
  return new Map(files.map(({ id, type }) => [type, ajv.getSchema(`${BASE}/${id}`)!]));
}
