import type { Json } from '#liaison/protocol';
import type { ImportNote } from '../interchange/import-note.js';
import { memberOf, stringOf } from '../interchange/json-values.js';
import type { JsonObject } from '../pointer.js';
import type { MispAttribute, MispEvent, MispObject } from './misp-event.js';
import { attributesOf, eventObjects, tagNames } from './read-event.js';

/** A MISP server adds its own ids, times and distribution; what these members say is ours. */
const OURS = [
  'type',
  'category',
  'value',
  'object_relation',
  'comment',
  'data',
  'name',
  'info',
  'date',
  'to_ids',
] as const;

/** An export of the same record gives the same event: what differs was changed on the way, and the draft has it not. */
export function changesOf(received: JsonObject, { Event: made }: MispEvent): ImportNote[] {
  const ours = texts([made, ...made.Attribute, ...made.Object, ...made.Object.flatMap(({ Attribute }) => Attribute)]);
  const objects = eventObjects(received);
  const holders = [received, ...attributesOf(received), ...objects, ...objects.flatMap(attributesOf)];
  const theirs = texts(holders);
  // A UUID that stands twice says two things.
  const repeated = holders.length > theirs.size ? ['Event'] : [];
  const ids = new Set([...ours.keys(), ...theirs.keys()]);
  return [...[...ids].filter((id) => ours.get(id) !== theirs.get(id)), ...repeated].map((id) => ({
    code: 'changed',
    message: 'It was changed, added or left out after the export. The draft is the record as it was exported.',
    subject: id.slice(0, 100),
  }));
}

function texts(
  holders: readonly (JsonObject | MispEvent['Event'] | MispAttribute | MispObject)[],
): Map<string, string> {
  return new Map(
    holders.map((holder, index) => {
      const object: JsonObject = { ...holder } as { readonly [member: string]: Json };
      return [stringOf(memberOf(object, 'uuid')) ?? `without uuid ${index}`, textOf(object)];
    }),
  );
}

function textOf(object: JsonObject): string {
  const said = OURS.map((name) => memberOf(object, name) ?? null);
  return JSON.stringify([said, tagNames(object).sort()]);
}
