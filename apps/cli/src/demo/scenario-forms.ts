import * as z from 'zod';
import type { ContentBody, RecordKind } from '#liaison/protocol';
import { mapScenario, type MappedRecord, scenarioMapping, templateOf, validateFacts } from '#liaison/templates';

/** One record of a scenario as a form of libs/templates. */
export interface FilledForm {
  readonly kind: RecordKind;
  readonly template: NonNullable<ContentBody['template']>;
  readonly facts: NonNullable<ContentBody['facts']>;
}

/** What of a team's file goes into headers, and the lists of which every item is a record of its own. */
const ELSEWHERE = /^\/(kind|classification|nationalMarking|handling|handlingText|tlp|pap|caveats|tasks|evidence)(\/|$)/;

/**
 * By the mapping of libs/templates that the two digits name which the file's name begins with.
 * @param value the scenario file, as it was read.
 * @returns nothing where there is no such mapping, or it would lose something, or a form would not be filled in rightly.
 */
export async function formsOf(fileName: string, value: unknown): Promise<readonly FilledForm[]> {
  const mapping = await scenarioMapping(fileName.slice(0, 2));
  const loose = z.json().safeParse(value);
  if (mapping === undefined || !loose.success) return [];
  const mapped = mapScenario(mapping, loose.data);
  const filled = mapped.flatMap((record) => filledForm(record) ?? []);
  return filled.length === mapped.length ? filled : [];
}

function filledForm({ kind, template, facts, left }: MappedRecord): FilledForm | undefined {
  if (left.some((pointer) => !ELSEWHERE.test(pointer))) return undefined;
  const form = templateOf(template.id, template.version);
  if (form === undefined) return undefined;
  const checked = validateFacts(form, facts);
  return checked.isValid ? { kind, template: { id: form.id, version: form.version }, facts: checked.facts } : undefined;
}
