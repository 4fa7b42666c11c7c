import type { Json, RecordKind } from '#liaison/protocol';
import { isList, isObject, type JsonObject, stepsOf, valueAt } from './pointer.js';

interface Move {
  /** RFC 6901, below the root; `*` stands for every item, and for the same item in `to`. */
  readonly from: string;
  readonly to: string;
  /** Codes for words. A word that is not here stays and is then no code. */
  readonly codes?: Readonly<Record<string, string>>;
  /** The language that free text names for itself. */
  readonly language?: string;
  /** Added to a number: counting from one. */
  readonly add?: number;
  readonly upper?: boolean;
}

interface RecordMapping {
  readonly kind: RecordKind;
  readonly template: { readonly id: string; readonly version: number };
  /** Where the loose facts are; with `each`, a list of which every item becomes a record. */
  readonly root: string;
  readonly each?: boolean;
  readonly moves: readonly Move[];
  /** What the officer adds when filling in the form: codes that the loose words mean. */
  readonly set?: readonly { readonly to: string; readonly value: Json }[];
}

/** How the loose facts of a scenario become facts of forms: `mappings/scenario-<n>.json`. */
export interface ScenarioMapping {
  readonly v: 1;
  readonly scenario: string;
  readonly records: readonly RecordMapping[];
}

export interface MappedRecord {
  readonly kind: RecordKind;
  readonly template: { readonly id: string; readonly version: number };
  readonly facts: JsonObject;
  /** Pointers of values below the root that no move takes: to be empty. */
  readonly left: readonly string[];
}

export function mapScenario(mapping: ScenarioMapping, scenario: Json): readonly MappedRecord[] {
  return mapping.records.flatMap((record) => {
    const root = record.root === '' ? scenario : (valueAt(scenario, record.root) ?? {});
    return (record.each === true && isList(root) ? root : [root]).map((loose) => mapRecord(record, loose));
  });
}

function mapRecord(mapping: RecordMapping, loose: Json): MappedRecord {
  const facts: Tree = { members: new Map() };
  const taken: string[] = [];
  for (const move of mapping.moves)
    for (const { pointer, items } of matches(loose, move.from)) {
      const value = valueAt(loose, pointer);
      if (value === undefined) continue;
      taken.push(pointer);
      put(facts, stepsOf(filled(move.to, items)), moved(value, move));
    }
  for (const { to, value } of mapping.set ?? [])
    for (const { pointer } of to.includes('*') ? matches(grown(facts), to) : [{ pointer: to }])
      put(facts, stepsOf(pointer), value);
  const left = leaves(loose, '').filter(
    (leaf) => !taken.some((pointer) => leaf === pointer || leaf.startsWith(`${pointer}/`)),
  );
  const grownFacts = grown(facts);
  return { kind: mapping.kind, template: mapping.template, facts: isObject(grownFacts) ? grownFacts : {}, left };
}

function moved(value: Json, { codes, language, add, upper }: Move): Json {
  if (typeof value === 'number') return value + (add ?? 0);
  if (typeof value !== 'string') return value;
  const word = codes?.[value] ?? (upper === true ? value.toUpperCase() : value);
  return language === undefined ? word : { text: word, language };
}

interface Match {
  readonly pointer: string;
  /** What `*` stood for, in order. */
  readonly items: readonly string[];
}

function matches(root: Json, pattern: string): readonly Match[] {
  const star = pattern.indexOf('/*');
  if (star < 0) return [{ pointer: pattern, items: [] }];
  const before = pattern.slice(0, star);
  const list = before === '' ? root : valueAt(root, before);
  if (!isList(list)) return [];
  return list.flatMap((_, index) =>
    matches(root, `${before}/${index}${pattern.slice(star + 2)}`).map(({ pointer, items }) => ({
      pointer,
      items: [String(index), ...items],
    })),
  );
}

function filled(pattern: string, items: readonly string[]): string {
  return items.reduce((pointer, item) => pointer.replace('*', item), pattern);
}

function leaves(value: Json, pointer: string): readonly string[] {
  if (isList(value)) return value.flatMap((item, index) => leaves(item, `${pointer}/${index}`));
  if (isObject(value))
    return Object.entries(value).flatMap(([name, item]) => leaves(item ?? null, `${pointer}/${name}`));
  return [pointer];
}

/** Facts as they grow: members by name or position; a value where they end. */
interface Tree {
  readonly members: Map<string, Tree>;
  value?: Json;
}

function put(tree: Tree, steps: readonly string[], value: Json): void {
  const [step, ...rest] = steps;
  if (step === undefined) {
    tree.value = value;
    return;
  }
  const next = tree.members.get(step) ?? { members: new Map<string, Tree>() };
  tree.members.set(step, next);
  put(next, rest, value);
}

function grown(tree: Tree): Json {
  if (tree.value !== undefined) return tree.value;
  const entries = [...tree.members].map(([name, member]): [string, Json] => [name, grown(member)]);
  const isNumbered = entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name));
  return isNumbered
    ? entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value)
    : Object.fromEntries(entries);
}
