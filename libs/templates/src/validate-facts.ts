import type { Json } from '#liaison/protocol';
import * as z from 'zod';
import { builtinCatalogue, type Catalogue } from './catalogue.js';
import type { Finding } from './field-type.js';
import { compositeOf, leafOf } from './field-types.js';
import type { LabelValues } from './labels.js';
import { below, isList, isObject, type JsonObject } from './pointer.js';
import { type Field, fieldsOf, type Template } from './template.js';
import { membersOf } from './walk-facts.js';

/** A finding and where it is. */
export interface Problem extends Finding {
  /** RFC 6901, into the facts; empty for the whole. */
  readonly pointer: string;
}

const Facts = z.record(z.string(), z.json());
/** As a content body carries them. */
export type Facts = z.infer<typeof Facts>;

export interface FactsCheck {
  /** Normalised, without what is empty: what is to be sent where `isValid`. */
  readonly facts: Facts;
  /** Errors keep the record from being sent; warnings ask to look again. `labels.text(labelKey, values)` says it. */
  readonly problems: readonly Problem[];
  readonly isValid: boolean;
}

/** Deeper than any form goes. */
const DEEPEST = 12;

/** @param untrustedFacts what an officer typed, or what arrived. */
export function validateFacts(
  template: Template,
  untrustedFacts: unknown,
  catalogue: Catalogue = builtinCatalogue(),
): FactsCheck {
  const checker = new FactsChecker(catalogue);
  const facts = isObject(untrustedFacts) ? checker.members(fieldsOf(template), untrustedFacts, '', 0) : {};
  if (!isObject(untrustedFacts)) checker.error('', 'facts');
  return {
    facts: Facts.parse(facts),
    problems: checker.problems,
    isValid: checker.problems.every(({ severity }) => severity !== 'error'),
  };
}

class FactsChecker {
  readonly problems: Problem[] = [];

  constructor(private readonly catalogue: Catalogue) {}

  error(pointer: string, code: string, values?: LabelValues): void {
    const labelKey = `problem.${code}`;
    this.problems.push({ severity: 'error', code, labelKey, pointer, ...(values === undefined ? {} : { values }) });
  }

  members(fields: readonly Field[], typed: JsonObject, pointer: string, depth: number): JsonObject {
    const known = new Set(fields.map(({ name }) => name));
    for (const name of Object.keys(typed)) if (!known.has(name)) this.error(below(pointer, name), 'unknown');
    const members = fields.map((field): [string, Json | undefined] => [
      field.name,
      this.member(field, typed, below(pointer, field.name), depth),
    ]);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }

  private member(field: Field, typed: JsonObject, pointer: string, depth: number): Json | undefined {
    const value = Object.hasOwn(typed, field.name) ? typed[field.name] : undefined;
    const isAsked = field.when === undefined || this.holds(field.when, typed);
    if (isEmpty(value)) {
      if (field.required === true && isAsked) this.error(pointer, 'required');
      return undefined;
    }
    if (!isAsked) {
      this.error(pointer, 'withheld');
      return undefined;
    }
    return field.many === undefined ? this.item(field, value, pointer, depth) : this.list(field, value, pointer, depth);
  }

  private holds(when: { readonly field: string; readonly is: readonly string[] }, typed: JsonObject): boolean {
    const value = Object.hasOwn(typed, when.field) ? typed[when.field] : undefined;
    return typeof value === 'string' && when.is.includes(value.trim());
  }

  private list(field: Field, value: Json, pointer: string, depth: number): Json | undefined {
    const most = field.many ?? 0;
    if (!isList(value)) {
      this.error(pointer, 'list');
      return undefined;
    }
    if (value.length > most) this.error(pointer, 'many', { most });
    return value.slice(0, most).flatMap((item, index) => {
      if (isEmpty(item)) {
        this.error(below(pointer, index), 'empty');
        return [];
      }
      const checked = this.item(field, item, below(pointer, index), depth);
      return checked === undefined ? [] : [checked];
    });
  }

  private item(field: Field, value: Json, pointer: string, depth: number): Json | undefined {
    const members = membersOf(field);
    if (members === undefined) return this.leaf(field, value, pointer);
    if (!isObject(value) || depth >= DEEPEST) {
      this.error(pointer, 'group');
      return undefined;
    }
    const checked = this.members(members, value, pointer, depth + 1);
    this.add(pointer, compositeOf(field.type)?.doubts?.(checked) ?? []);
    return checked;
  }

  private leaf(field: Field, typed: Json, pointer: string): Json | undefined {
    const { value, findings } = leafOf(field.type)?.check(typed, field) ?? { findings: [] };
    this.add(pointer, findings);
    if (field.type === 'code' && value !== undefined && !this.hasCode(field, value)) this.error(pointer, 'code');
    return value;
  }

  private hasCode(field: Field, code: Json): boolean {
    return this.catalogue.codeList(field.codes ?? '')?.codes.some((known) => known.code === code) ?? false;
  }

  private add(pointer: string, findings: readonly Finding[]): void {
    this.problems.push(...findings.map((finding) => ({ ...finding, pointer })));
  }
}

/** Forms leave empty what was not filled in. */
function isEmpty(value: Json | undefined): value is undefined {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}
