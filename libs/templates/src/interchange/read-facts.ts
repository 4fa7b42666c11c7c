import type { Json } from '#liaison/protocol';
import { builtinCatalogue } from '../catalogue.js';
import { leafOf } from '../field-types.js';
import { isObject } from '../pointer.js';
import { type Field, fieldsOf, type FieldTypeId, type Template } from '../template.js';
import { type LeafFact, walkFacts } from '../walk-facts.js';
import type { CarriedRecord, ExportOptions } from './carried-record.js';
import { memberOf, objectOf, stringOf } from './json-values.js';
import { isWithinPointer } from './within.js';

/** Facts that other formats have objects for. An organisation is a group of the forms; the rest are field types. */
const ENTITY_TYPES = [
  'person',
  'organisation',
  'document',
  'vehicle',
  'vessel',
  'account',
  'place',
  'phone',
  'email',
  'url',
  'ip',
  'imei',
  'iban',
  'wallet',
  'hash',
  'plate',
  'position',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** A fact that stands for something in the world. */
export interface Entity {
  readonly type: EntityType;
  readonly value: Json;
  /** Into `facts`. */
  readonly pointer: string;
  /** The person, organisation or account that it is of. */
  readonly owner?: string;
}

/** Words in a language, which translators translate. */
interface FreeText {
  readonly pointer: string;
  readonly text: string;
  /** BCP 47; that of the body where it is left out. */
  readonly language?: string;
  readonly owner?: string;
}

export interface FactsRead {
  readonly entities: readonly Entity[];
  readonly texts: readonly FreeText[];
}

/** Total: facts that are not as the form says stay unread, and are words in the document. */
export function readFacts({ body }: CarriedRecord, { catalogue = builtinCatalogue() }: ExportOptions): FactsRead {
  const form = body.template && catalogue.template(body.template.id, body.template.version);
  return factsRead(form, body.facts);
}

function factsRead(template: Template | undefined, facts: Json | undefined): FactsRead {
  const entities: Entity[] = [];
  const texts: FreeText[] = [];
  if (template === undefined || !isObject(facts)) return { entities, texts };
  let owners: readonly string[] = [];
  for (const fact of walkFacts(fieldsOf(template), facts)) {
    owners = owners.filter((owner) => isWithinPointer(fact.pointer, owner));
    const [owner] = owners;
    if (fact.kind === 'leaf') readLeaf(fact, owner, entities, texts);
    if (fact.kind !== 'group') continue;
    const type = entityTypeOf(fact.field);
    if (type === undefined) continue;
    entities.push({ type, value: fact.value, pointer: fact.pointer, ...(owner !== undefined && { owner }) });
    owners = [fact.pointer, ...owners];
  }
  return { entities, texts };
}

function readLeaf(
  { field, value, pointer }: LeafFact,
  owner: string | undefined,
  entities: Entity[],
  texts: FreeText[],
): void {
  const checked = leafOf(field.type)?.check(value, field).value;
  if (checked === undefined) return;
  const of = owner === undefined ? {} : { owner };
  const type = entityTypeOf(field);
  // The plate of a vehicle and the position of a place stand in those.
  const isPart = owner !== undefined && (type === 'plate' || type === 'position');
  if (type !== undefined && !isPart) entities.push({ type, value: checked, pointer, ...of });
  if (field.type !== 'text') return;
  const language = stringOf(memberOf(objectOf(checked), 'language'));
  const text = stringOf(memberOf(objectOf(checked), 'text') ?? checked);
  if (text !== undefined) texts.push({ pointer, text, ...of, ...(language !== undefined && { language }) });
}

function entityTypeOf(field: Field): EntityType | undefined {
  if (field.type === 'group') return field.name === 'organisations' ? 'organisation' : undefined;
  return isEntityType(field.type) ? field.type : undefined;
}

function isEntityType(type: FieldTypeId): type is FieldTypeId & EntityType {
  return ENTITY_TYPES.some((known) => known === type);
}
