import { explainIssues, LiaisonError } from '#liaison/protocol';
import { type Field, FIELD_TYPES, Template, TEMPLATE_LIMITS } from './template.js';

/** Which types an option is for. */
const OPTION_TYPES = {
  codes: ['code'],
  min: ['count'],
  max: ['count'],
  maxLength: ['text', 'line'],
  fields: ['group'],
} as const;
const NEEDED = { code: 'codes', group: 'fields' } as const;

/**
 * @param untrusted a template from anywhere.
 * @throws LiaisonError `malformed`: TPL-02 not of the documented form, TPL-03 out of bounds or contradicting itself. The message says where.
 */
export function requireTemplate(untrusted: unknown): Template {
  const parsed = Template.safeParse(untrusted);
  if (!parsed.success)
    throw new LiaisonError(
      'malformed',
      `The template is not valid: ${explainIssues(parsed.error)}.${knownTypes(parsed.error.issues)}`,
      {
        check: 'TPL-02',
      },
    );
  const template = parsed.data;
  requireUnique(
    template.sections.map(({ id }) => id),
    template.id,
  );
  const fields = template.sections.flatMap((section) => section.fields);
  requireFields(fields, template.id, 0);
  const count = countFields(fields);
  if (count > TEMPLATE_LIMITS.fields)
    refuse(`${template.id} has ${count} fields; ${TEMPLATE_LIMITS.fields} are allowed`);
  return template;
}

function knownTypes(issues: readonly { readonly message: string }[]): string {
  const unknown = issues.some(({ message }) => message.includes('field type'));
  return unknown ? ` Known field types: ${FIELD_TYPES.join(', ')}.` : '';
}

function requireFields(fields: readonly Field[], where: string, depth: number): void {
  if (depth > TEMPLATE_LIMITS.depth) refuse(`${where} nests groups deeper than ${TEMPLATE_LIMITS.depth}`);
  requireUnique(
    fields.map(({ name }) => name),
    where,
  );
  for (const field of fields) {
    const here = `${where}.${field.name}`;
    requireOptions(field, here);
    requireCondition(field, fields, here);
    if (field.fields !== undefined) requireFields(field.fields, here, depth + 1);
  }
}

function requireOptions(field: Field, where: string): void {
  for (const [option, types] of Object.entries(OPTION_TYPES)) {
    const isGiven = field[option as keyof typeof OPTION_TYPES] !== undefined;
    if (isGiven && !types.some((type) => type === field.type))
      refuse(`${where}: ${option} is not for type ${field.type}`);
  }
  const needed = field.type === 'code' || field.type === 'group' ? NEEDED[field.type] : undefined;
  if (needed !== undefined && field[needed] === undefined) refuse(`${where}: type ${field.type} needs ${needed}`);
  if (field.min !== undefined && field.max !== undefined && field.min > field.max) refuse(`${where}: min exceeds max`);
}

function requireCondition(field: Field, siblings: readonly Field[], where: string): void {
  if (field.when === undefined) return;
  const asked = siblings.find(({ name }) => name === field.when?.field);
  if (asked?.type !== 'code' || asked === field) refuse(`${where}: when names no code field beside it`);
}

function requireUnique(names: readonly string[], where: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`${where} has ${twice} twice`);
}

function countFields(fields: readonly Field[]): number {
  return fields.reduce((total, field) => total + 1 + countFields(field.fields ?? []), 0);
}

function refuse(what: string): never {
  throw new LiaisonError('malformed', `The template is not valid: ${what}.`, { check: 'TPL-03' });
}
