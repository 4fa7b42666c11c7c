import type { Json } from '#liaison/protocol';
import type * as z from 'zod';
import type { Labels, LabelValues } from './labels.js';
import type { Field } from './template.js';

/** Why a value is not taken as it stands. `error` keeps a record from being sent; `warning` asks the officer to look again. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Stable, such as `form` or `check-digits`. */
  readonly code: string;
  /** Says it in the reader's language. */
  readonly labelKey: string;
  readonly values?: LabelValues;
}

/** What a reader sees of one value. */
export interface Shown {
  readonly text: string;
  /** `auto`: words of the reader's language, or free text. `own`: names; they run as their letters do. `ltr`: numbers, addresses of machines. */
  readonly direction: 'ltr' | 'auto' | 'own';
  /** True for free text, which has a language of its own and can be translated. */
  readonly isFree?: boolean;
  /** BCP 47, where the value names its language itself. */
  readonly language?: string;
}

export interface ShowContext {
  readonly labels: Labels;
  /** IANA time zone of the reader. */
  readonly timeZone: string;
  readonly field: Field;
}

/** A type of field with one value. Total: whatever stands in a record is checked or shown, never thrown at. */
export interface LeafType {
  readonly id: string;
  /** Normalises what an officer typed. Without `value` there is an error among the findings. */
  check(untrusted: unknown, field: Field): { readonly value?: Json; readonly findings: readonly Finding[] };
  /** What it takes in this field, in words. */
  expects(field: Field): { readonly labelKey: string; readonly values: LabelValues };
  /** Undefined where the value is not of this type: it is then shown raw. */
  show(untrusted: unknown, context: ShowContext): Shown | undefined;
}

/** A type of field with members, each a field. */
export interface CompositeType {
  readonly id: string;
  readonly members: readonly Field[];
  /** What single members cannot tell. */
  doubts?(value: { readonly [member: string]: Json | undefined }): readonly Finding[];
}

export interface LeafDefinition<Value extends Json> {
  readonly id: string;
  /** Characters, where a field sets no bound of its own. */
  readonly most?: number;
  /** Of the normalised value. */
  schema(field: Field): z.ZodType<Value>;
  /** From what people type or paste to the one form that is sent. */
  normalise?(typed: unknown): unknown;
  /** Well-formed, and yet somebody should look again: a wrong check digit. Never an error: what was seen was seen. */
  doubts?(value: Value, field: Field): readonly Finding[];
  show(value: Value, context: ShowContext): Shown;
}

export function leafType<Value extends Json>(definition: LeafDefinition<Value>): LeafType {
  const expects = (field: Field) => expectationOf(definition, field);
  return {
    id: definition.id,
    expects,
    check: (untrusted, field) => {
      const parsed = definition.schema(field).safeParse(definition.normalise?.(untrusted) ?? untrusted);
      if (!parsed.success) return { findings: [{ severity: 'error', code: 'form', ...expects(field) }] };
      return { value: parsed.data, findings: definition.doubts?.(parsed.data, field) ?? [] };
    },
    show: (untrusted, context) => {
      const parsed = definition.schema(context.field).safeParse(untrusted);
      return parsed.success ? definition.show(parsed.data, context) : undefined;
    },
  };
}

/** `form.<type>` says what the type wants, with the bounds of the field; `form.count-open` where a number has no upper one. */
function expectationOf(type: Pick<LeafDefinition<Json>, 'id' | 'most'>, { min = 0, max, maxLength }: Field) {
  const isOpen = type.id === 'count' && max === undefined;
  return {
    labelKey: isOpen ? 'form.count-open' : `form.${type.id}`,
    values: { min, max: max ?? 0, most: maxLength ?? type.most ?? 0 },
  };
}

/** @returns a `warning` whose words are the label `doubt.<code>`. */
export function doubt(code: string, values?: LabelValues): Finding {
  return { severity: 'warning', code, labelKey: `doubt.${code}`, ...(values === undefined ? {} : { values }) };
}

/** Trims text; leaves everything else to the schema. */
export function trimmed(typed: unknown): unknown {
  return typeof typed === 'string' ? typed.normalize('NFC').trim() : typed;
}

/** Text without the blanks and signs that people put between groups of digits. */
export function compact(typed: unknown): unknown {
  return typeof typed === 'string' ? typed.normalize('NFKC').replaceAll(/[\s.\-_/]/g, '') : typed;
}
