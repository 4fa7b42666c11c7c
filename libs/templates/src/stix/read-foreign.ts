import type { Json } from '#liaison/protocol';
import type { ForeignContent } from '../interchange/foreign-content.js';
import type { ImportNote } from '../interchange/import-note.js';
import { memberOf, objectOf, stringOf, stringsOf } from '../interchange/json-values.js';
import { isObject, type JsonObject } from '../pointer.js';
import { readEntity } from './read-entity.js';

/** Objects that say how others hang together or are marked: read elsewhere, or nothing to tell. */
const SILENT = new Set(['marking-definition', 'extension-definition', 'bundle']);
const MOST_NOTES_OF_A_KIND = 20;

/** What is understood of a bundle that Liaison did not write, or that lost its record. */
export function readForeign(objects: readonly JsonObject[]): ForeignContent {
  const all = [...objects, ...objects.flatMap(observedObjects)];
  const creators = new Set(all.flatMap((object) => stringOf(memberOf(object, 'created_by_ref')) ?? []));
  const root = all.find((object) => ['report', 'grouping', 'incident'].includes(typeOf(object)));
  const entities: ForeignContent['entities'][number][] = [];
  const texts = all.flatMap(wordsOf);
  const others: { name: string; value: string }[] = [];
  const unread = new Map<string, number>();
  for (const object of all) {
    const type = typeOf(object);
    const found = creators.has(stringOf(object['id']) ?? '') ? undefined : readEntity(object);
    if (creators.has(stringOf(object['id']) ?? ''))
      others.push({ name: 'source', value: stringOf(object['name']) ?? 'unnamed' });
    else if (found !== undefined) entities.push(...found);
    else if (type === 'indicator' || type === 'domain-name') others.push(statement(type, object));
    else if (wordsOf(object).length === 0 && !SILENT.has(type)) unread.set(type, (unread.get(type) ?? 0) + 1);
  }
  const subject = stringOf(memberOf(root, 'name'));
  const language = stringOf(memberOf(root, 'lang')) ?? all.flatMap((object) => stringOf(object['lang']) ?? [])[0];
  return {
    ...(subject !== undefined && { subject }),
    ...(language !== undefined && { language }),
    ...{ texts, entities, others, notes: [...unread].slice(0, MOST_NOTES_OF_A_KIND).map(notRead) },
  };
}

/** STIX 2.0 and early 2.1 put observables inside observed-data. */
function observedObjects(object: JsonObject): JsonObject[] {
  if (typeOf(object) !== 'observed-data') return [];
  return Object.values(objectOf(memberOf(object, 'objects')) ?? {}).filter(isObject);
}

function typeOf(object: JsonObject): string {
  return stringOf(memberOf(object, 'type')) ?? 'an object without type';
}

/** What an object says in words. */
function wordsOf(object: JsonObject): string[] {
  const member = (name: string): string | undefined => stringOf(memberOf(object, name));
  switch (typeOf(object)) {
    case 'report':
    case 'grouping':
    case 'incident':
      return [member('description') ?? member('name') ?? ''].filter((words) => words !== '');
    case 'note':
      return [[member('abstract'), member('content')].filter((words) => words !== undefined).join(': ')].filter(
        (words) => words !== '',
      );
    case 'opinion':
      return [`opinion: ${member('opinion') ?? ''} ${member('explanation') ?? ''}`.trim()];
    case 'language-content':
      return translated(memberOf(object, 'contents'));
    default:
      return namedOnly(object);
  }
}

/** Campaigns, tools, malware and the like: their names and descriptions. */
const NAMED = new Set([
  ...['attack-pattern', 'campaign', 'course-of-action', 'infrastructure', 'intrusion-set', 'malware', 'tool'],
  ...['vulnerability'],
]);

function namedOnly(object: JsonObject): string[] {
  if (!NAMED.has(typeOf(object))) return [];
  const words = [stringOf(memberOf(object, 'name')), stringOf(memberOf(object, 'description'))];
  return [`${typeOf(object)}: ${words.filter((part) => part !== undefined).join(' ')}`];
}

function translated(contents: Json | undefined): string[] {
  return Object.entries(objectOf(contents) ?? {}).map(([language, members]) => {
    const words = Object.values(objectOf(members) ?? {}).flatMap((value) => stringOf(value) ?? [...stringsOf(value)]);
    return `(${language}) ${words.join(' ')}`;
  });
}

function statement(type: string, object: JsonObject): { name: string; value: string } {
  const words = ['name', 'pattern', 'value', 'description'].flatMap((name) => stringOf(memberOf(object, name)) ?? []);
  return { name: type, value: [...new Set(words)].join(' ') };
}

function notRead([type, count]: [string, number]): ImportNote {
  return { code: 'not-read', message: `${count} of this kind are not read.`, subject: type.slice(0, 100) };
}
