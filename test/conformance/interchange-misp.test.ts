import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Ajv4 from 'ajv-draft-04';
import type { ValidateFunction } from 'ajv';
import * as fc from 'fast-check';
import {
  exportMisp,
  type MispAttribute,
  type MispEvent,
  type MispObject,
  mispObjectDefinitions,
  templates,
} from '#liaison/templates';
import { factsOf } from '../../libs/templates/test/interchange/arbitrary-facts.js';
import { MARKING, recordOf, SMUGGLING } from '../../libs/templates/test/interchange/fixtures.js';
import { SCENARIOS, scenarioRecords } from '../../libs/templates/test/interchange/scenario-records.js';

/** MISP's schema, attribute types and object definitions are not part of this repository; they are used where they are at hand. */
const FOLDER = resolve(process.env['LIAISON_VECTORS'] ?? '../shared/vectors', 'misp');
const present = existsSync(FOLDER);
if (!present)
  process.stderr.write(`MISP definitions skipped: there is no ${FOLDER}. Set LIAISON_VECTORS to their folder.\n`);

interface Definition {
  readonly name: string;
  readonly uuid: string;
  readonly version: number;
  readonly 'meta-category': string;
  readonly required?: readonly string[];
  readonly requiredOneOf?: readonly string[];
  readonly attributes: Readonly<Record<string, DefinedAttribute>>;
}

interface DefinedAttribute {
  readonly 'misp-attribute': string;
  readonly multiple?: boolean;
  readonly categories?: readonly string[];
  readonly values_list?: readonly string[];
}

interface Types {
  readonly types: readonly string[];
  readonly categories: readonly string[];
  readonly category_type_mappings: Readonly<Record<string, readonly string[]>>;
}

interface Rules {
  readonly event: ValidateFunction;
  readonly types: Types;
  readonly definitions: ReadonlyMap<string, Definition>;
}

(present ? describe : describe.skip)('MISP core format: exported events are valid', () => {
  const rules = present ? readRules() : undefined;
  const check = (event: MispEvent): string[] => (rules === undefined ? [] : faults(event, rules));

  it('a whole record', () => {
    expect(check(exportMisp(SMUGGLING).event)).toEqual([]);
    expect(check(exportMisp(SMUGGLING, { carryRecord: false }).event)).toEqual([]);
  });

  it('grades of another scale', () => {
    const originalEvaluation = { scheme: '3x5x2', source: '1', information: 'B', handling: 'P' };
    const graded = { originalEvaluation, sourceEvaluation: 'B', informationEvaluation: '3' };
    expect(check(exportMisp(recordOf(graded)).event)).toEqual([]);
  });

  it('feeds detection only where the originator allows action', () => {
    const alerts = (pap: 'GREEN' | 'AMBER'): boolean[] => {
      const { event } = exportMisp(
        recordOf({ ...SMUGGLING.body, factMarkings: undefined }, { marking: { ...MARKING, pap } }),
      );
      expect(check(event)).toEqual([]);
      return event.Event.Attribute.map(({ to_ids }) => to_ids);
    };
    expect(alerts('GREEN')).toContain(true);
    expect(alerts('AMBER')).not.toContain(true);
  });

  it.each(SCENARIOS)('%s', async (file) => {
    for (const record of await scenarioRecords(file)) {
      const { event, losses } = exportMisp(record);
      expect(losses).toEqual([]);
      expect(check(event)).toEqual([]);
    }
  });

  it.each(templates().map(({ id }) => id))('any facts of %s', (id) => {
    const template = templates().find((candidate) => candidate.id === id)!;
    fc.assert(
      fc.property(factsOf(template), (facts) => {
        expect(check(exportMisp(recordOf({ template: { id, version: template.version }, facts })).event)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

/** The published schema knows neither objects nor `object_relation`: they are checked by the object definitions. */
function faults({ Event }: MispEvent, { event, types, definitions }: Rules): string[] {
  const { Object: objects, ...rest } = Event;
  const flat = objects.flatMap(({ Attribute }) => Attribute.map(({ object_relation: _r, ...attribute }) => attribute));
  const all = [...Event.Attribute, ...flat];
  const isValid = event({ Event: { ...rest, Attribute: all } });
  const uuids = [Event.uuid, ...all.map(({ uuid }) => uuid), ...objects.map(({ uuid }) => uuid)];
  return [
    ...(isValid ? [] : [JSON.stringify(event.errors)]),
    ...(new Set(uuids).size === uuids.length ? [] : ['a UUID stands twice']),
    ...all.flatMap((attribute) => attributeFaults(attribute, types)),
    ...objects.flatMap((object) => objectFaults(object, definitions.get(object.name))),
    ...objects
      .flatMap(({ ObjectReference }) => ObjectReference ?? [])
      .filter(({ referenced_uuid }) => !uuids.includes(referenced_uuid))
      .map(({ referenced_uuid }) => `a reference to ${referenced_uuid}, which is not there`),
  ];
}

function attributeFaults({ type, category, value }: MispAttribute, types: Types): string[] {
  const isKnown = types.types.includes(type) && (types.category_type_mappings[category] ?? []).includes(type);
  return isKnown && value !== '' ? [] : [`${type} in ${category}: “${value}”`];
}

function objectFaults(object: MispObject, definition: Definition | undefined): string[] {
  if (definition === undefined) return [`no definition of ${object.name}`];
  const { attributes, required = [], requiredOneOf } = definition;
  const relations = object.Attribute.map(({ object_relation }) => object_relation ?? '');
  const wrong = [
    object.template_uuid !== definition.uuid,
    object.template_version !== String(definition.version),
    object['meta-category'] !== definition['meta-category'],
    !required.every((relation) => relations.includes(relation)),
    requiredOneOf !== undefined && !requiredOneOf.some((relation) => relations.includes(relation)),
  ].some(Boolean);
  return [
    ...(wrong ? [`${object.name} is not of its definition`] : []),
    ...object.Attribute.flatMap((attribute) => relationFaults(object.name, attribute, relations, attributes)),
  ];
}

function relationFaults(
  name: string,
  { object_relation: relation = '', type, category, value }: MispAttribute,
  relations: readonly string[],
  defined: Definition['attributes'],
): string[] {
  const definition = defined[relation];
  const isMultiple = relations.filter((candidate) => candidate === relation).length > 1;
  const isRight =
    definition?.['misp-attribute'] === type &&
    (definition.categories ?? [category]).includes(category) &&
    (!isMultiple || definition.multiple === true) &&
    (definition.values_list ?? [value]).includes(value);
  return isRight ? [] : [`${name}.${relation} is not as defined: ${type} “${value}”`];
}

function readRules(): Rules {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(FOLDER, path), 'utf8'));
  const ajv = new Ajv4.default({ strict: false, logger: false });
  const names = ['person', 'organization', 'vehicle', 'bank-account', 'coin-address', 'phone-number', 'phone', 'url'];
  const more = [
    'geolocation',
    'telegram-account',
    'instant-message-group',
    'user-account',
    'forged-document',
    'victim',
  ];
  const about = ['translation', 'intelligence-source-assessment', 'intelligence-dissemination'];
  const definitions = [
    ...[...names, ...more, ...about].map((name) => read(`objects/${name}.json`)),
    ...mispObjectDefinitions(),
  ] as readonly Definition[];
  return {
    event: ajv.compile(read('schema.json') as object),
    types: (read('describeTypes.json') as { readonly result: Types }).result,
    definitions: new Map(definitions.map((definition) => [definition.name, definition])),
  };
}
