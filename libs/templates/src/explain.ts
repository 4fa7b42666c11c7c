import type { Reason, ReasonValues } from '#liaison/policy';
import { displayableLine } from './displayable.js';
import { classificationName } from './label-keys.js';
import type { Labels, LabelValues } from './labels.js';
import type { Problem } from './validate-facts.js';

/** Why a rule forbids something, in the reader's language. @param nameOf what a contact point is called. */
export function reasonText(reason: Reason, labels: Labels, nameOf: (contactPoint: string) => string): string {
  return labels.text(`reason.${reason.code}`, valuesOf(reason.values, labels, nameOf));
}

/** What is wrong with a fact, in the reader's language. */
export function problemText(problem: Problem, labels: Labels): string {
  return labels.text(problem.labelKey, problem.values);
}

const CONTACT_POINTS: ReadonlySet<string> = new Set(['contactPoint', 'contactPoints', 'originator', 'originators']);
/** Values that are codes with labels of their own. */
const FAMILIES: Readonly<Record<string, string>> = {
  classification: 'classification',
  ceiling: 'classification',
  clearance: 'classification',
  rank: 'classification',
  axes: 'mark.axis',
  role: 'role',
  kind: 'kind',
  status: 'standing',
};

function valuesOf(values: ReasonValues, labels: Labels, nameOf: (contactPoint: string) => string): LabelValues {
  const word = (name: string, value: string): string => {
    if (CONTACT_POINTS.has(name)) return nameOf(value);
    const key = `${FAMILIES[name] ?? ''}.${classificationName(value)}`;
    return name in FAMILIES && labels.has(key) ? labels.text(key) : displayableLine(value).text;
  };
  const said = (name: string, value: ReasonValues[string]): string | number => {
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return word(name, value);
    return value.length === 0 ? labels.text('value.anybody') : labels.list(value.map((item) => word(name, item)));
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, said(name, value)]));
}
