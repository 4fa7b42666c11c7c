import type { Json } from '#liaison/protocol';
import type { Catalogue } from '../catalogue.js';
import { compositeOf, leafOf } from '../field-types.js';
import { isList } from '../pointer.js';
import type { CompositeTypeId, Field, FieldTypeId } from '../template.js';
import { objectOf } from './json-values.js';
import type { EntityType } from './read-facts.js';

/**
 * What of a value is as its type says, normalised. Undefined where nothing is.
 * @param codes with them, only codes of these lists are sound.
 */
export function soundValue(type: EntityType, value: Json, codes?: Catalogue): Json | undefined {
  if (type === 'organisation') return checkMembers(ORGANISATION, value, codes);
  const composite = compositeOf(type);
  return composite === undefined
    ? leafOf(type)?.check(value, { name: 'value', type }).value
    : checkMembers(composite.members, value, codes);
}

/** What an import knows of an organisation. */
const ORGANISATION: readonly Field[] = [
  { name: 'name', type: 'line', required: true },
  { name: 'role', type: 'code', codes: 'person-roles' },
  { name: 'registration', type: 'line' },
  { name: 'country', type: 'country' },
  { name: 'address', type: 'line' },
  { name: 'phones', type: 'phone', many: 10 },
  { name: 'emails', type: 'email', many: 10 },
  { name: 'notes', type: 'text', maxLength: 2000 },
];

function checkMembers(members: readonly Field[], value: Json, codes: Catalogue | undefined): Json | undefined {
  const object = objectOf(value);
  if (object === undefined) return undefined;
  const kept = members.flatMap((field): [string, Json][] => {
    const checked = checkField(field, Object.hasOwn(object, field.name) ? object[field.name] : undefined, codes);
    return checked === undefined ? [] : [[field.name, checked]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function checkField(field: Field, value: Json | undefined, codes: Catalogue | undefined): Json | undefined {
  if (value === undefined) return undefined;
  if (field.many === undefined) return checkOne(field, value, codes);
  const items = (isList(value) ? value : [value]).flatMap((item) => checkOne(field, item, codes) ?? []);
  return items.length === 0 ? undefined : items.slice(0, field.many);
}

function checkOne(field: Field, value: Json, codes: Catalogue | undefined): Json | undefined {
  if (field.type === 'code' && codes !== undefined && !isListed(field, value, codes)) return undefined;
  return isCompositeType(field.type) ? soundValue(field.type, value) : leafOf(field.type)?.check(value, field).value;
}

function isListed({ codes: list = '' }: Field, value: Json, catalogue: Catalogue): boolean {
  return catalogue.codeList(list)?.codes.some(({ code }) => code === value) ?? false;
}

function isCompositeType(type: FieldTypeId): type is Exclude<CompositeTypeId, 'legal-basis'> {
  return compositeOf(type) !== undefined && type !== 'legal-basis';
}
