import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  Caveat,
  CLASSIFICATIONS,
  ContentBody,
  HandlingCode,
  LiaisonError,
  Marking,
  Pap,
  Priority,
  RECORD_KINDS,
  RecordKind,
  Tlp,
} from '#liaison/protocol';
import type { RecordDraft } from '#liaison/client';
import type { Template } from '#liaison/templates';
import type { Reader } from '../desk/reader.js';
import { draftFault } from './draft-issues.js';
import {
  addFormOptions,
  evaluationOf,
  factMarkingsOf,
  type FormOptions,
  formPart,
  templateMeant,
  titleIn,
} from './form-options.js';

/** The options that make a mark. */
export interface MarkingOptions {
  readonly classification?: string;
  readonly nationalMarking?: string;
  readonly handling?: string;
  readonly handlingText?: string;
  readonly tlp?: string;
  readonly pap?: string;
  readonly caveat?: string;
}

/** The options of `send` that make the record. */
export interface DraftOptions extends MarkingOptions, FormOptions {
  readonly kind?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly lang: string;
  readonly priority?: string;
  readonly source?: string;
  readonly information?: string;
  readonly facts?: string;
}

/** What a record says and how it is marked, before it has a channel. */
export type Content = Pick<RecordDraft, 'kind' | 'body' | 'marking' | 'priority' | 'clock'>;

export function addMarkingOptions(command: Command): Command {
  return command
    .option('--classification <level>', CLASSIFICATIONS.join(', '))
    .option('--national-marking <text>', "your own country's marking, verbatim")
    .option('--handling <codes>', 'Europol handling codes: H0, H1, H2, H3, separated by commas')
    .option('--handling-text <text>', 'what H3 asks of the reader')
    .option('--tlp <audience>', Tlp.options.join(', '))
    .option('--pap <action>', Pap.options.join(', '))
    .option('--caveat <caveats>', `${Caveat.options.join(', ')}, separated by commas`);
}

export function addDraftOptions(command: Command): Command {
  const written = command
    .option(
      '--kind <kind>',
      `${RECORD_KINDS.slice(0, 4).join(', ')}, task, evidence, bulletin, notification, ... (default: that of the form, or message)`,
    )
    .option('--subject <text>', 'one line, encrypted as the rest (default: the title of the form)')
    .option('--text <text>', 'free text; - reads it from standard input')
    .option('--lang <tag>', 'the language it is written in', 'en');
  return addFormOptions(addMarkingOptions(written))
    .option('--priority <priority>', `${Priority.options.join(', ')} (default: that of the form, or routine)`)
    .option('--source <grade>', 'source evaluation: A, B, C, X')
    .option('--information <grade>', 'information evaluation: 1, 2, 3, 4')
    .option('--facts <file>', 'facts of no form: a JSON file');
}

/** @throws LiaisonError `usage` that names the option at fault. */
export async function contentOf(
  options: DraftOptions,
  standardInput: () => Promise<string>,
  reader: Reader,
): Promise<Content> {
  const template = templateMeant(options, reader);
  requireFitting(options, template);
  return {
    kind: oneOf(template?.kinds ?? RecordKind.options, options.kind ?? template?.kinds[0] ?? 'message', '--kind'),
    body: await bodyOf(options, template, standardInput, reader),
    marking: markingOf(options),
    priority: oneOf(Priority.options, options.priority ?? template?.priority ?? 'routine', '--priority'),
  };
}

function requireFitting(options: DraftOptions, template: Template | undefined): void {
  if (options.subject === undefined && template === undefined)
    throw new LiaisonError('usage', 'Give it a subject: --subject "...".');
  if (options.facts !== undefined && template !== undefined)
    throw new LiaisonError('usage', 'Give --facts, or --template and --from-facts, not both.');
  if (options.fromFacts !== undefined && template === undefined)
    throw new LiaisonError('usage', 'Say which form the facts are of: --template <id>.');
  if (options.text === '-' && options.fromFacts === '-')
    throw new LiaisonError('usage', 'Standard input can be the text or the facts, not both.');
}

async function bodyOf(
  options: DraftOptions,
  template: Template | undefined,
  standardInput: () => Promise<string>,
  reader: Reader,
) {
  const subject = options.subject ?? (template && (await titleIn(options.lang, template, reader)));
  const text = options.text === '-' ? await standardInput() : options.text;
  const parsed = ContentBody.safeParse({
    v: 1,
    type: 'content',
    language: options.lang,
    subject,
    ...(text !== undefined && { text }),
    ...(evaluationOf(options, options) ?? europolGrades(options)),
    ...(options.facts !== undefined && { facts: await readFacts(options.facts) }),
    ...(template && (await formPart(options, template, standardInput, reader))),
    ...factMarkingsOf(options),
  });
  if (parsed.success) return parsed.data;
  throw draftFault(parsed.error);
}

function europolGrades({ source, information }: DraftOptions) {
  return {
    ...(source !== undefined && { sourceEvaluation: source }),
    ...(information !== undefined && { informationEvaluation: information }),
  };
}

/** @throws LiaisonError `usage` that names the option at fault. */
export function markingOf(options: MarkingOptions): Marking {
  if (options.classification === undefined) {
    throw new LiaisonError('usage', `Classify it: --classification, one of ${CLASSIFICATIONS.join(', ')}.`);
  }
  const parsed = Marking.safeParse({
    classification: oneOf(CLASSIFICATIONS, options.classification, '--classification'),
    ...(options.nationalMarking !== undefined && { nationalMarking: options.nationalMarking }),
    handling: listOf(HandlingCode.options, options.handling, '--handling'),
    ...(options.handlingText !== undefined && { handlingText: options.handlingText }),
    ...(options.tlp !== undefined && { tlp: oneOf(Tlp.options, options.tlp, '--tlp') }),
    ...(options.pap !== undefined && { pap: oneOf(Pap.options, options.pap, '--pap') }),
    caveats: listOf(Caveat.options, options.caveat, '--caveat'),
  });
  if (parsed.success) return parsed.data;
  throw draftFault(parsed.error);
}

async function readFacts(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new LiaisonError('usage', `--facts takes a JSON file; ${path} cannot be read as one.`, { cause });
  }
}

function listOf<T extends string>(choices: readonly T[], text: string | undefined, option: string): T[] {
  const words = (text ?? '').split(',').map((word) => word.trim());
  return words.filter((word) => word !== '').map((word) => oneOf(choices, word, option));
}

/** Letter case does not matter. @throws LiaisonError `usage` with the choices. */
export function oneOf<T extends string>(choices: readonly T[], text: string, option: string): T {
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new LiaisonError('usage', `${option} is one of ${choices.join(', ')}. This is none: ${JSON.stringify(text)}.`);
}
