import { canonicalJson, Marking, type Tlp } from '#liaison/protocol';
import type * as z from 'zod';
import { listOf, memberOf, objectOf, present, stringOf, stringsOf } from '../interchange/json-values.js';
import { markingWords } from '../interchange/marking-words.js';
import type { MarksRead } from '../interchange/import-marks.js';
import type { JsonObject } from '../pointer.js';
import { DEFINED_AT, extension, EXTENSIONS } from './extension-definitions.js';
import { liaisonStixId, type StixObject } from './stix-object.js';

type Colour = z.infer<typeof Tlp>;

const TLP_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

/** TLP 2.0 as OASIS published it (cti-stix-common-objects): everybody refers to these. */
const TLP_IDS: Readonly<Record<Colour, string>> = {
  RED: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
  'AMBER+STRICT': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  AMBER: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  GREEN: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  CLEAR: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
};

/** Colours by id, those of TLP 1 (STIX 2.1 section 7.2.1.4) with them. */
const COLOUR_BY_ID = new Map<string, Colour>([
  ...Object.entries(TLP_IDS).map(([colour, id]): [string, Colour] => [id, colour as Colour]),
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'RED'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'AMBER'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'GREEN'],
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'CLEAR'],
]);
const COLOUR_BY_NAME = new Map<string, Colour>([
  ['red', 'RED'],
  ['amber+strict', 'AMBER+STRICT'],
  ['amber', 'AMBER'],
  ['green', 'GREEN'],
  ['clear', 'CLEAR'],
  ['white', 'CLEAR'],
]);

/** What an object with this marking refers to. */
export function markingRefs(marking: Marking): string[] {
  return [liaisonMarkingId(marking), ...(marking.tlp === undefined ? [] : [TLP_IDS[marking.tlp]])];
}

/** The definitions to which {@link markingRefs} refers. */
export function markingObjects(marking: Marking): StixObject[] {
  return [liaisonMarking(marking), ...(marking.tlp === undefined ? [] : [tlpMarking(marking.tlp)])];
}

/** The same marking has the same id in every bundle. */
function liaisonMarkingId(marking: Marking): string {
  return liaisonStixId('marking-definition', `marking/${canonicalJson(marking)}`);
}

function liaisonMarking(marking: Marking): StixObject {
  const { classification, nationalMarking, handling, handlingText, tlp, pap, caveats } = marking;
  const statement = markingWords(marking);
  return {
    ...{ type: 'marking-definition', spec_version: '2.1', id: liaisonMarkingId(marking) },
    ...{ created: DEFINED_AT, definition_type: 'statement', definition: { statement } },
    extensions: extension('marking', {
      classification,
      national_marking: nationalMarking,
      handling: handling.length === 0 ? undefined : handling,
      handling_text: handlingText,
      tlp,
      pap,
      caveats: caveats.length === 0 ? undefined : caveats,
    }),
  };
}

function tlpMarking(colour: Colour): StixObject {
  return {
    ...{ type: 'marking-definition', spec_version: '2.1', id: TLP_IDS[colour], created: '2022-10-01T00:00:00.000Z' },
    name: `TLP:${colour}`,
    extensions: { [TLP_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: colour.toLowerCase() } },
  };
}

/** Every mark that stands anywhere in the bundle, by what its definition in the bundle says, and by its id where that is a colour's. */
export function readMarks(objects: readonly JsonObject[]): MarksRead {
  const definitions = objects.filter((object) => object['type'] === 'marking-definition');
  const defined = new Set(definitions.map(({ id }) => id));
  const read = [
    ...definitions.map(readDefinition),
    ...[...markedWith(objects)].filter((id) => !defined.has(id)).map((id) => ({ ...byId(id), words: id })),
  ];
  return {
    stated: read.flatMap(({ stated }) => stated),
    unknown: [...new Set(read.flatMap(({ stated, words }) => (stated.length === 0 ? [words] : [])))],
  };
}

function markedWith(objects: readonly JsonObject[]): Set<string> {
  const refs = objects.flatMap((object) => [
    ...stringsOf(memberOf(object, 'object_marking_refs')),
    ...granularRefs(memberOf(object, 'granular_markings')),
  ]);
  return new Set(refs);
}

function granularRefs(markings: JsonObject[string]): string[] {
  // A granular marking with `lang` names a language and no marking.
  return listOf(markings).flatMap((marking) => stringOf(memberOf(objectOf(marking), 'marking_ref')) ?? []);
}

interface DefinitionRead {
  readonly stated: readonly Partial<Marking>[];
  readonly words: string;
}

function byId(id: string): { stated: Partial<Marking>[] } {
  const tlp = COLOUR_BY_ID.get(id);
  return { stated: tlp === undefined ? [] : [{ tlp }] };
}

/** A definition of which a part is not understood is not understood. */
function readDefinition(object: JsonObject): DefinitionRead {
  const id = stringOf(memberOf(object, 'id')) ?? '';
  const definition = objectOf(memberOf(object, 'definition'));
  const statement = stringOf(memberOf(definition, 'statement'));
  const words = statement ?? stringOf(memberOf(object, 'name')) ?? stringOf(memberOf(object, 'definition_type')) ?? id;
  const parts = [
    ...Object.entries(objectOf(memberOf(object, 'extensions')) ?? {}).map(([name, value]) =>
      readExtension(name, objectOf(value), statement),
    ),
    ...(definition === undefined || statement !== undefined ? [] : [readColour(memberOf(definition, 'tlp'))]),
  ];
  const { stated } = byId(id);
  const known = [...stated, ...parts.flatMap((part) => part ?? [])];
  return { stated: parts.includes(undefined) || (parts.length === 0 && statement !== undefined) ? [] : known, words };
}

function readExtension(
  name: string,
  value: JsonObject | undefined,
  statement: string | undefined,
): Partial<Marking> | undefined {
  if (name === TLP_EXTENSION) return readColour(memberOf(value, 'tlp_2_0'));
  if (name !== EXTENSIONS.marking || value === undefined) return undefined;
  const parsed = Marking.safeParse(
    present({
      classification: value['classification'],
      nationalMarking: value['national_marking'],
      handling: value['handling'] ?? [],
      handlingText: value['handling_text'],
      tlp: value['tlp'],
      pap: value['pap'],
      caveats: value['caveats'] ?? [],
    }),
  );
  // Words beside ours that say something else are a mark of somebody else.
  return parsed.success && (statement === undefined || statement === markingWords(parsed.data))
    ? parsed.data
    : undefined;
}

function readColour(name: JsonObject[string]): Partial<Marking> | undefined {
  const tlp = COLOUR_BY_NAME.get(typeof name === 'string' ? name.toLowerCase() : '');
  return tlp === undefined ? undefined : { tlp };
}
