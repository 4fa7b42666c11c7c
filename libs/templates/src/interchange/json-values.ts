import type { Json } from '#liaison/protocol';
import { isList, isObject, type JsonObject } from '../pointer.js';

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** Undefined for the empty text too. */
export function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function stringsOf(value: Json | undefined): string[] {
  return listOf(value).flatMap((item) => stringOf(item) ?? []);
}

/** Own members only: a document may ask for a `constructor`. */
export function memberOf(object: JsonObject | undefined, name: string): Json | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Without members that are absent. */
export function present(members: JsonObject): { [member: string]: Json } {
  const kept: { [member: string]: Json } = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) kept[name] = value;
  return kept;
}
