import { listOf, memberOf, objectOf, stringOf } from '../interchange/json-values.js';
import { isObject, type JsonObject } from '../pointer.js';

export function eventObjects(event: JsonObject): readonly JsonObject[] {
  return listOf(memberOf(event, 'Object')).filter(isObject).filter(isKept);
}

/** Those of the event and those in its objects. */
export function eventAttributes(event: JsonObject): readonly JsonObject[] {
  return [...attributesOf(event), ...eventObjects(event).flatMap(attributesOf)];
}

export function attributesOf(holder: JsonObject): readonly JsonObject[] {
  return listOf(memberOf(holder, 'Attribute')).filter(isObject).filter(isKept);
}

export function tagNames(holder: JsonObject): string[] {
  return listOf(memberOf(holder, 'Tag')).flatMap((tag) => stringOf(memberOf(objectOf(tag), 'name')) ?? []);
}

/** MISP keeps what was deleted, so that others delete it too. */
function isKept(holder: JsonObject): boolean {
  return memberOf(holder, 'deleted') !== true;
}
