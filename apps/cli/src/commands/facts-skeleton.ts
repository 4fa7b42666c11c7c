import type { Json } from '#liaison/protocol';
import { type Field, fieldsOf, membersOf, type Template } from '#liaison/templates';

/** Every field of the form, empty: to be filled in. What stays empty is not sent. */
export function factsSkeleton(template: Template): Json {
  return emptyMembers(fieldsOf(template));
}

function emptyMembers(fields: readonly Field[]): Json {
  return Object.fromEntries(
    fields.map((field) => [field.name, field.many === undefined ? empty(field) : [empty(field)]]),
  );
}

function empty(field: Field): Json {
  const members = membersOf(field);
  return members === undefined ? '' : emptyMembers(members);
}

/** Leaves out what nobody filled in: blanks, and lists and groups of nothing else. */
export function withoutBlanks(typed: unknown): unknown {
  if (Array.isArray(typed)) {
    const items = typed.map(withoutBlanks).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof typed === 'object' && typed !== null) {
    const members = Object.entries(typed).flatMap(([name, value]) => {
      const kept = withoutBlanks(value);
      return kept === undefined ? [] : [[name, kept] as const];
    });
    return members.length === 0 ? undefined : Object.fromEntries(members);
  }
  return typed === null || (typeof typed === 'string' && typed.trim() === '') ? undefined : typed;
}
