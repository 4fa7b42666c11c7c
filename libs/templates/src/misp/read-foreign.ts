import type { ForeignContent } from '../interchange/foreign-content.js';
import type { ImportNote } from '../interchange/import-note.js';
import { memberOf, objectOf, stringOf } from '../interchange/json-values.js';
import type { JsonObject } from '../pointer.js';
import { readAttribute } from './read-attribute.js';
import { isMarkingTag } from './misp-tags.js';
import { attributesOf, eventAttributes, eventObjects, tagNames } from './read-event.js';
import { readObject } from './read-object.js';

/** About the record or the exchange itself: read elsewhere, or nothing to tell. */
const SILENT = new Set(['liaison-record', 'intelligence-dissemination']);
const WORDS = new Set(['text', 'comment', 'other']);
/** Files are not taken over: an officer asks for them. */
const FILES = new Set(['attachment', 'malware-sample']);

/** What is understood of an event that Liaison did not write, or that lost its record. */
export function readForeign(event: JsonObject): ForeignContent {
  const entities: ForeignContent['entities'][number][] = [];
  const texts: string[] = [];
  const others: { name: string; value: string }[] = [];
  const notes: ImportNote[] = [];
  for (const object of eventObjects(event)) {
    const name = stringOf(memberOf(object, 'name')) ?? 'object';
    if (SILENT.has(name)) continue;
    const found = readObject(name, object);
    if (found.length > 0) entities.push(...found);
    else others.push({ name, value: objectWords(object) });
  }
  for (const attribute of attributesOf(event)) {
    const type = stringOf(memberOf(attribute, 'type')) ?? 'attribute';
    const value = stringOf(memberOf(attribute, 'value')) ?? '';
    const found = readAttribute(type, value);
    if (found !== undefined) entities.push(found);
    else if (WORDS.has(type)) texts.push(commented(attribute, value));
    else if (FILES.has(type))
      notes.push({ code: 'not-read', message: 'Files are not taken over.', subject: value.slice(0, 100) });
    else if (value !== '') others.push({ name: type, value: commented(attribute, value) });
  }
  const tags = [event, ...eventAttributes(event)].flatMap(tagNames).filter((tag) => !isMarkingTag(tag));
  if (tags.length > 0) others.push({ name: 'tags', value: [...new Set(tags)].join(', ') });
  const creator = stringOf(memberOf(objectOf(memberOf(event, 'Orgc')), 'name'));
  if (creator !== undefined) others.push({ name: 'source', value: creator });
  const subject = stringOf(memberOf(event, 'info'));
  return {
    ...(subject !== undefined && { subject }),
    texts,
    entities,
    others,
    notes: [...notes, ...unreadParts(event)],
  };
}

function commented(attribute: JsonObject, value: string): string {
  const comment = stringOf(memberOf(attribute, 'comment'));
  return comment === undefined ? value : `${comment}: ${value}`;
}

function objectWords(object: JsonObject): string {
  return attributesOf(object)
    .map((attribute) => {
      const relation = stringOf(memberOf(attribute, 'object_relation')) ?? 'value';
      return `${relation}: ${stringOf(memberOf(attribute, 'value')) ?? ''}`;
    })
    .join('\n');
}

function unreadParts(event: JsonObject): ImportNote[] {
  return ['Galaxy', 'ShadowAttribute', 'RelatedEvent', 'EventReport', 'CryptographicKey']
    .filter((part) => {
      const value = memberOf(event, part);
      return Array.isArray(value) && value.length > 0;
    })
    .map((part) => ({ code: 'not-read', message: 'This part of the event is not read.', subject: part }));
}
