import type { ContentBody, Json, Marking } from '#liaison/protocol';
import { isAtLeastAsStrict } from '#liaison/policy';
import {
  below,
  displayable,
  type Field,
  fieldsOf,
  leafOf,
  markingHints,
  type MarkingProposal,
  membersOf,
  type Problem,
  problemText,
  stepsOf,
  type Template,
  validateFacts,
  valueAt,
} from '#liaison/templates';
import type { Reader } from '../desk/reader.js';

const MOST_PROBLEMS = 20;
const MOST_CODES = 12;
const MOST_FOUND = 60;

/** What does not fit, one line a problem: where, what is wrong, what is expected, what was found. */
export function problemsText(template: Template, typed: unknown, problems: readonly Problem[], reader: Reader): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const lines = errors.slice(0, MOST_PROBLEMS).map((problem) => problemLine(template, typed, problem, reader));
  const more = errors.length - lines.length;
  return [
    `The facts do not fit the form ${template.id}, ${errors.length === 1 ? 'in one place' : `in ${errors.length} places`}.`,
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n');
}

function problemLine(template: Template, typed: unknown, problem: Problem, reader: Reader): string {
  const field = fieldAt(template, problem.pointer);
  const place = field === undefined ? '' : ` (${fieldLabel(field, reader)})`;
  const found = valueAt(typed as Json, problem.pointer);
  return [
    `${problem.pointer || '/'}${place}: ${problemText(problem, reader.labels)}`,
    ...(field === undefined ? [] : expected(field, problem, reader)),
    ...(found === undefined || found === '' ? [] : [`Found: ${shown(found)}`]),
  ].join(' ');
}

/** Nothing twice: where the problem is the form of the value, its words say what is expected already. */
function expected(field: Field, problem: Problem, reader: Reader): string[] {
  if (problem.code === 'form') return [];
  const words = expectation(field, reader);
  return words === undefined ? [] : [`Expected: ${words}`];
}

/** What a field takes, in the reader's language. */
export function expectation(field: Field, { labels, catalogue }: Reader): string | undefined {
  const { type, codes } = field;
  // Lengths that the form does not bound are nothing to think of.
  if ((type === 'text' || type === 'line') && field.maxLength === undefined) return undefined;
  if (type === 'count' && field.max === undefined) return undefined;
  if (type !== 'code') {
    const expected = leafOf(type)?.expects(field);
    return expected && labels.text(expected.labelKey, expected.values);
  }
  const all = catalogue.codeList(codes ?? '')?.codes.map(({ code }) => code) ?? [];
  return all.slice(0, MOST_CODES).join(', ') + (all.length > MOST_CODES ? ', …' : '');
}

export function fieldLabel(field: Field, { labels }: Reader): string {
  return labels.text(field.label ?? `field.${field.name}`);
}

/** The field that a pointer into the facts means. */
function fieldAt(template: Template, pointer: string): Field | undefined {
  let fields: readonly Field[] = fieldsOf(template);
  let found: Field | undefined;
  for (const step of stepsOf(pointer).filter((each) => !/^\d+$/.test(each))) {
    found = fields.find(({ name }) => name === step);
    if (found === undefined) return undefined;
    fields = membersOf(found) ?? [];
  }
  return found;
}

function shown(value: Json): string {
  const text = displayable(JSON.stringify(value)).text;
  return text.length > MOST_FOUND ? `${text.slice(0, MOST_FOUND)}…` : text;
}

/** What an officer is told of a form that is being sent: values to look at again, and marks that the form proposes. Nothing is applied. */
export function formRemarks(body: ContentBody, marking: Marking, reader: Reader): string[] {
  const template = body.template && reader.catalogue.template(body.template.id, body.template.version);
  if (template === undefined || body.facts === undefined) return [];
  const doubts = validateFacts(template, body.facts, reader.catalogue).problems.map(
    (problem) => `Look again at ${problem.pointer}: ${problemText(problem, reader.labels)}`,
  );
  const hints = markingHints(template, body.facts).filter(({ propose }) => !meets(marking, propose));
  return [
    ...doubts,
    ...hints.map(({ propose, why }) => `The form proposes ${proposalText(propose)}: ${reader.labels.text(why)}`),
  ];
}

function meets(marking: Marking, { classification, handling, tlp, pap, caveats }: MarkingProposal): boolean {
  const proposed: Marking = {
    classification: classification ?? 'UNCLASSIFIED',
    handling: handling ?? [],
    caveats: caveats ?? [],
    ...(tlp !== undefined && { tlp }),
    ...(pap !== undefined && { pap }),
  };
  return isAtLeastAsStrict(marking, proposed);
}

function proposalText({ classification, handling, tlp, pap, caveats }: MarkingProposal): string {
  return [
    ...(classification === undefined ? [] : [classification]),
    ...(handling ?? []),
    ...(tlp === undefined ? [] : [`TLP:${tlp}`]),
    ...(pap === undefined ? [] : [`PAP:${pap}`]),
    ...(caveats ?? []),
  ].join(' ');
}

/** RFC 6901 pointers of a form's fields, `0` for the first of a list. */
export function fieldPointers(
  fields: readonly Field[],
  pointer = '',
): { readonly pointer: string; readonly field: Field }[] {
  return fields.flatMap((field) => {
    const here = field.many === undefined ? below(pointer, field.name) : below(below(pointer, field.name), 0);
    return [{ pointer: here, field }, ...fieldPointers(membersOf(field) ?? [], here)];
  });
}
