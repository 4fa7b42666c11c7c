import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type * as z from 'zod';
import { crossWalk } from '#liaison/policy';
import {
  Caveat,
  CLASSIFICATIONS,
  type ContentBody,
  HandlingCode,
  LiaisonError,
  Marking,
  OriginalEvaluation,
  Pap,
  Tlp,
} from '#liaison/protocol';
import { loadLabels, type Template, validateFacts } from '#liaison/templates';
import type { Reader } from '../desk/reader.js';
import { problemsText } from '../answers/facts-problems.js';
import { withoutBlanks } from './facts-skeleton.js';

/** The options of a record that is a filled-in form. */
export interface FormOptions {
  readonly template?: string;
  readonly fromFacts?: string;
  readonly factMarking?: readonly string[];
  readonly evaluationScheme?: string;
  readonly evaluationHandling?: string;
  readonly evaluationConditions?: string;
}

export function addFormOptions(command: Command): Command {
  return command
    .option('--template <id>', 'the form that the facts are of: "liaison template list"')
    .option('--from-facts <file>', 'its facts: a JSON file as "liaison template new" writes; - reads standard input')
    .option(
      '--fact-marking <pointer=marks>',
      'a stricter mark of one fact: /persons/0=RESTRICTED,H1,TLP:RED; may be repeated',
      (each: string, before: readonly string[]) => [...before, each],
      [],
    )
    .option('--evaluation-scheme <scheme>', 'of --source and --information: europol (without), admiralty, 3x5x2')
    .option('--evaluation-handling <code>', '3x5x2: P or C')
    .option('--evaluation-conditions <text>', '3x5x2: the conditions of handling C');
}

/** The form that the options name. @throws LiaisonError `usage`. */
export function templateMeant({ template: id }: FormOptions, { catalogue }: Reader): Template | undefined {
  if (id === undefined) return undefined;
  const template = catalogue.template(id);
  if (template !== undefined) return template;
  const known = catalogue.templates().map((each) => each.id);
  throw new LiaisonError(
    'usage',
    `There is no form ${JSON.stringify(id)}. "liaison template list" shows: ${known.join(', ')}.`,
  );
}

/** @throws LiaisonError `usage` that tells of every fact which does not fit, where and what is expected. */
export async function formPart(
  options: FormOptions,
  template: Template,
  standardInput: () => Promise<string>,
  reader: Reader,
): Promise<Pick<ContentBody, 'template' | 'facts'>> {
  const typed = await typedFacts(options.fromFacts, standardInput);
  const checked = validateFacts(template, withoutBlanks(typed), reader.catalogue);
  if (!checked.isValid) throw new LiaisonError('usage', problemsText(template, typed, checked.problems, reader));
  return { template: { id: template.id, version: template.version }, facts: checked.facts };
}

async function typedFacts(path: string | undefined, standardInput: () => Promise<string>): Promise<unknown> {
  if (path === undefined) {
    throw new LiaisonError(
      'usage',
      'Give the facts of the form: --from-facts facts.json. "liaison template new" writes one to fill in.',
    );
  }
  const text = path === '-' ? await standardInput() : await readTyped(path);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LiaisonError('usage', `--from-facts takes JSON; ${path === '-' ? 'standard input' : path} is none.`, {
      cause,
    });
  }
}

async function readTyped(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LiaisonError('usage', `--from-facts takes a file; ${path} cannot be read.`, { cause });
  }
}

/** @throws LiaisonError `usage`. */
export function factMarkingsOf({ factMarking = [] }: FormOptions): Pick<ContentBody, 'factMarkings'> {
  if (factMarking.length === 0) return {};
  return { factMarkings: Object.fromEntries(factMarking.map(factMark)) };
}

function factMark(text: string): [string, Marking] {
  const [pointer, marks] = splitOnce(text, '=');
  const words = marks.split(',').map((word) => word.trim());
  const among = <T extends string>(choices: readonly T[], prefix = ''): T[] =>
    choices.filter((choice) => words.some((word) => word.toUpperCase() === `${prefix}${choice}`.toUpperCase()));
  const [classification] = among(CLASSIFICATIONS);
  const [tlp] = among(Tlp.options, 'TLP:');
  const [pap] = among(Pap.options, 'PAP:');
  const marking = { classification, handling: among(HandlingCode.options), tlp, pap, caveats: among(Caveat.options) };
  const found = [classification, tlp, pap, ...marking.handling, ...marking.caveats].filter(
    (each) => each !== undefined,
  );
  const parsed = Marking.safeParse(JSON.parse(JSON.stringify(marking)));
  if (pointer.startsWith('/') && parsed.success && found.length === words.length) return [pointer, parsed.data];
  throw new LiaisonError(
    'usage',
    `--fact-marking takes a pointer and marks, the classification among them: /persons/0=RESTRICTED,H1,TLP:RED,minor. This is none: ${JSON.stringify(text)}.`,
  );
}

function splitOnce(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

type Grades = Pick<ContentBody, 'sourceEvaluation' | 'informationEvaluation' | 'originalEvaluation'>;

/** Grades of another scale stay as they are, and Europol's beside them are an approximation. @throws LiaisonError `usage`. */
export function evaluationOf(
  { evaluationScheme: scheme, evaluationHandling, evaluationConditions }: FormOptions,
  grades: { readonly source?: string; readonly information?: string },
): Grades | undefined {
  if (scheme === undefined || scheme === 'europol') {
    if (evaluationHandling === undefined && evaluationConditions === undefined) return undefined;
    const message = 'Handling and conditions of an evaluation belong to --evaluation-scheme 3x5x2.';
    throw new LiaisonError('usage', `${message} Marks are given with --handling and --handling-text.`);
  }
  const parsed = OriginalEvaluation.safeParse({
    scheme,
    source: grades.source?.toUpperCase(),
    information: grades.information?.toUpperCase(),
    ...(evaluationHandling !== undefined && { handling: evaluationHandling.toUpperCase() }),
    ...(evaluationConditions !== undefined && { conditions: evaluationConditions }),
  });
  if (!parsed.success) throw new LiaisonError('usage', gradesFault(scheme, parsed.error));
  const { source, information } = crossWalk(parsed.data);
  return { originalEvaluation: parsed.data, sourceEvaluation: source, informationEvaluation: information };
}

/** What each part of a grade is given by, and takes. */
const GRADES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  admiralty: {
    source: '--source is A to F',
    information: '--information is 1 to 6',
    handling: '--evaluation-handling is of 3x5x2 only: leave it out',
    conditions: '--evaluation-conditions is of 3x5x2 only: leave it out',
  },
  '3x5x2': {
    source: '--source is 1 to 3',
    information: '--information is A to E',
    handling: '--evaluation-handling is P (may be passed on) or C (with conditions)',
    conditions: '--evaluation-conditions takes the conditions of handling C: 1 to 500 characters',
  },
};

function gradesFault(scheme: string, error: z.ZodError): string {
  const parts = GRADES[scheme];
  if (parts === undefined) return `--evaluation-scheme is europol, ${Object.keys(GRADES).join(' or ')}.`;
  const named = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String),
  );
  const told = named.flatMap((name) => parts[name] ?? []);
  return `A grade of ${scheme} is not whole: ${[...new Set(told.length > 0 ? told : Object.values(parts))].join('; ')}.`;
}

/** What a record is called that nobody gave a subject: its form, in the language that it is written in. */
export async function titleIn(language: string, template: Template, { catalogue }: Reader): Promise<string> {
  return (await loadLabels(language, catalogue)).text(`template.${template.id}`);
}
