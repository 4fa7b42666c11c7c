import type { Json } from '#liaison/protocol';
import { isList, isObject } from './pointer.js';
import type { MarkingProposal, Template } from './template.js';

export interface MarkingHint {
  readonly propose: MarkingProposal;
  /** Label that says why. */
  readonly why: string;
}

type Condition = NonNullable<NonNullable<Template['hints']>[number]['when']>;

/** What the form proposes for these facts. The officer decides; rules of libs/policy hold whatever is proposed. */
export function markingHints(template: Template, facts: unknown): readonly MarkingHint[] {
  return (template.hints ?? [])
    .filter(({ when }) => when === undefined || reach(facts, when.path).some((value) => holds(value, when)))
    .map(({ propose, why }) => ({ propose, why }));
}

function holds(value: unknown, { is, values }: Condition): boolean {
  switch (is) {
    case 'present':
      return value !== null && value !== '';
    case 'positive':
      return typeof value === 'number' && value > 0;
    case 'true':
      return value === true;
    case 'one-of':
      return typeof value === 'string' && (values ?? []).includes(value);
  }
}

/** All values at a path; `*` goes into each item of a list. A list at the end counts item by item. */
function reach(value: unknown, path: readonly string[]): readonly unknown[] {
  const [step, ...rest] = path;
  if (step === undefined) return isList(value) ? value : [value];
  if (step === '*') return isList(value) ? value.flatMap((item: Json) => reach(item, rest)) : [];
  return isObject(value) && Object.hasOwn(value, step) ? reach(value[step], rest) : [];
}
