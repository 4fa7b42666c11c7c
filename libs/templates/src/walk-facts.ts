import type { Json } from '#liaison/protocol';
import { compositeOf } from './field-types.js';
import { below, isList, isObject, type JsonObject } from './pointer.js';
import type { Field } from './template.js';

interface Placed {
  /** RFC 6901, into the facts. */
  readonly pointer: string;
  /** Groups around it. */
  readonly depth: number;
}

/** A value of a field with one value. */
export interface LeafFact extends Placed {
  readonly kind: 'leaf';
  readonly field: Field;
  readonly value: Json;
  /** Position in the list, from 0. */
  readonly index?: number;
}

/** A person, a document, a group: its members follow, one deeper. */
export interface GroupFact extends Placed {
  readonly kind: 'group';
  readonly field: Field;
  readonly value: JsonObject;
  readonly index?: number;
}

/** What the form has no field for, or has in another shape. */
export interface StrayFact extends Placed {
  readonly kind: 'stray';
  readonly name: string;
  readonly value: Json;
}

export type Fact = LeafFact | GroupFact | StrayFact;

/**
 * All facts in the order of the form; what it does not know comes last in each group, so nothing is left out. Reads facts that nobody has checked.
 * @param fields of a template (`fieldsOf`), a section or a group.
 */
export function* walkFacts(fields: readonly Field[], facts: JsonObject, pointer = '', depth = 0): Generator<Fact> {
  for (const field of fields) {
    const value = Object.hasOwn(facts, field.name) ? facts[field.name] : undefined;
    if (value !== undefined) yield* walkField(field, value, below(pointer, field.name), depth);
  }
  const known = new Set(fields.map(({ name }) => name));
  for (const [name, value] of Object.entries(facts))
    if (!known.has(name) && value !== undefined)
      yield { kind: 'stray', name, value, pointer: below(pointer, name), depth };
}

function* walkField(field: Field, value: Json, pointer: string, depth: number): Generator<Fact> {
  if (field.many === undefined || !isList(value)) {
    yield* walkItem(field, value, { pointer, depth });
    return;
  }
  for (const [index, item] of value.entries())
    yield* walkItem(field, item, { pointer: below(pointer, index), depth, index });
}

function* walkItem(field: Field, value: Json, place: Placed & { readonly index?: number }): Generator<Fact> {
  const members = membersOf(field);
  if (members === undefined) yield { kind: 'leaf', field, value, ...place };
  else if (isObject(value)) {
    yield { kind: 'group', field, value, ...place };
    yield* walkFacts(members, value, place.pointer, place.depth + 1);
  } else yield { kind: 'stray', name: field.name, value, pointer: place.pointer, depth: place.depth };
}

/** Of composites and groups; undefined of fields with one value. */
export function membersOf(field: Field): readonly Field[] | undefined {
  return field.type === 'group' ? (field.fields ?? []) : compositeOf(field.type)?.members;
}
