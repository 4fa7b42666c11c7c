import type { Json } from '#liaison/protocol';
import { builtinCatalogue, type Catalogue } from '../catalogue.js';
import { leafOf } from '../field-types.js';
import { type Field, fieldsOf, type Template } from '../template.js';
import type { ForeignContent, ImportOptions } from './foreign-content.js';
import type { ImportNote } from './import-note.js';
import { factLines, linesText } from './fact-lines.js';
import { isList, type JsonObject } from '../pointer.js';
import { objectOf } from './json-values.js';
import type { EntityType } from './read-facts.js';
import { soundValue } from './sound-value.js';

/** Forms that an import may fill by itself, the usual first: those that announce something. */
const CANDIDATES = [
  'trafficking-alert',
  'smuggling-alert',
  'platform-adverts',
  'person-alert',
  'vehicle-alert',
  'stolen-documents',
  'threat-to-life',
] as const;
const MOST_OTHER_FACTS = 30;

export interface Placed {
  readonly template?: Template;
  readonly facts?: Json;
  /** What has no field: free text. */
  readonly lines: readonly string[];
  readonly notes: readonly ImportNote[];
}

interface Item {
  readonly type: EntityType;
  readonly value: Json;
}

/** Fills the form that takes most of what was found; the rest becomes other facts, then lines of text. */
export function placeEntities(content: ForeignContent, options: ImportOptions): Placed {
  const catalogue = options.catalogue ?? builtinCatalogue();
  const items = content.entities.flatMap((entity) => checkedItem(entity, catalogue));
  const chosen = options.template === undefined ? undefined : catalogue.template(options.template);
  const filled = chosen === undefined ? bestFill(candidates(catalogue), items) : fill(chosen, items);
  const others = [
    ...content.others,
    ...(filled?.rest ?? items).map(({ type, value }) => ({ name: type, value: valueText(value) })),
    ...content.entities.flatMap((entity) => refused(entity, catalogue)),
  ];
  const held = filled === undefined ? undefined : withOtherFacts(filled.facts, filled.template, others);
  const lines = (held === undefined ? others : held.rest).map(({ name, value }) => `${name}: ${value}`);
  return {
    ...(filled !== undefined && held !== undefined && { template: filled.template, facts: held.facts }),
    lines,
    notes: others.map(({ name }): ImportNote => ({
      code: 'as-text',
      message: `“${name.slice(0, 100)}” has no field of its own in the form: it stands as words.`,
    })),
  };
}

function candidates(catalogue: Catalogue): readonly Template[] {
  return CANDIDATES.flatMap((id) => catalogue.template(id) ?? []);
}

interface Filled {
  readonly template: Template;
  readonly facts: { readonly [name: string]: Json };
  readonly rest: readonly Item[];
}

function bestFill(templates: readonly Template[], items: readonly Item[]): Filled | undefined {
  const filled = templates.map((template) => fill(template, items));
  const [best] = filled.toSorted((a, b) => a.rest.length - b.rest.length);
  return best === undefined || best.rest.length === items.length ? undefined : best;
}

function fill(template: Template, items: readonly Item[]): Filled {
  const facts: { [name: string]: Json } = {};
  const rest = items.filter((item) => !fieldsOf(template).some((field) => fillField(facts, field, item)));
  return { template, facts, rest };
}

function fillField(facts: { [name: string]: Json }, field: Field, { type, value }: Item): boolean {
  if (field.when !== undefined || !isFor(field, type)) return false;
  const already = facts[field.name];
  if (field.many === undefined) {
    if (already !== undefined) return false;
    facts[field.name] = value;
    return true;
  }
  const list = already !== undefined && isList(already) ? already : [];
  if (list.length >= field.many) return false;
  facts[field.name] = [...list, value];
  return true;
}

function isFor(field: Field, type: EntityType): boolean {
  return type === 'organisation' ? field.type === 'group' && field.name === 'organisations' : field.type === type;
}

/** The members that are as their types say; nothing where none is. */
function checkedItem({ type, value }: Item, catalogue: Catalogue): Item[] {
  const checked = soundValue(type, value, catalogue);
  return checked === undefined ? [] : [{ type, value: checked }];
}

function refused({ type, value }: Item, catalogue: Catalogue): ForeignContent['others'] {
  const kept = soundValue(type, value, catalogue);
  const lost = kept === undefined ? value : missing(value, kept);
  return lost === undefined ? [] : [{ name: type, value: valueText(lost) }];
}

/** Members that the check did not let through. */
function missing(value: Json, kept: Json): JsonObject | undefined {
  const before = objectOf(value);
  const after = objectOf(kept);
  if (before === undefined || after === undefined) return undefined;
  const lost = Object.entries(before).filter(([name]) => !Object.hasOwn(after, name));
  return lost.length === 0 ? undefined : Object.fromEntries(lost);
}

function withOtherFacts(
  facts: { readonly [name: string]: Json },
  template: Template,
  others: ForeignContent['others'],
): { facts: Json; rest: ForeignContent['others'] } {
  const field = fieldsOf(template).find(({ name }) => name === 'otherFacts');
  const [nameField, valueField] = field?.fields ?? [];
  if (field === undefined || nameField === undefined || valueField === undefined) return { facts, rest: others };
  const rest: { name: string; value: string }[] = [];
  const rows: Json[] = [];
  for (const other of others) {
    const name = leafOf('line')?.check(other.name, nameField).value;
    const value = leafOf('text')?.check(other.value, valueField).value;
    if (name === undefined || value === undefined || rows.length >= MOST_OTHER_FACTS) rest.push(other);
    else rows.push({ name, value });
  }
  return { facts: rows.length === 0 ? facts : { ...facts, otherFacts: rows }, rest };
}

function valueText(value: Json): string {
  return typeof value === 'object' ? linesText(factLines(value, new Set())) : String(value);
}
