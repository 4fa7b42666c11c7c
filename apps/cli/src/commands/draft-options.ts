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
import { draftFault } from './draft-issues.js';

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
export interface DraftOptions extends MarkingOptions {
  readonly kind: string;
  readonly subject?: string;
  readonly text?: string;
  readonly lang: string;
  readonly priority: string;
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
      `${RECORD_KINDS.slice(0, 4).join(', ')}, task, evidence, bulletin, notification, ...`,
      'message',
    )
    .option('--subject <text>', 'one line, encrypted as the rest')
    .option('--text <text>', 'free text; - reads it from standard input')
    .option('--lang <tag>', 'the language it is written in', 'en');
  return addMarkingOptions(written)
    .option('--priority <priority>', Priority.options.join(', '), 'routine')
    .option('--source <grade>', 'source evaluation: A, B, C, X')
    .option('--information <grade>', 'information evaluation: 1, 2, 3, 4')
    .option('--facts <file>', 'structured facts: a JSON file');
}

/** @throws LiaisonError `usage` that names the option at fault. */
export async function contentOf(options: DraftOptions, standardInput: () => Promise<string>): Promise<Content> {
  if (options.subject === undefined) throw new LiaisonError('usage', 'Give it a subject: --subject "...".');
  return {
    kind: oneOf(RecordKind.options, options.kind, '--kind'),
    body: await bodyOf(options, options.subject, standardInput),
    marking: markingOf(options),
    priority: oneOf(Priority.options, options.priority, '--priority'),
  };
}

async function bodyOf(options: DraftOptions, subject: string, standardInput: () => Promise<string>) {
  const text = options.text === '-' ? await standardInput() : options.text;
  const parsed = ContentBody.safeParse({
    v: 1,
    type: 'content',
    language: options.lang,
    subject,
    ...(text !== undefined && { text }),
    ...(options.source !== undefined && { sourceEvaluation: options.source }),
    ...(options.information !== undefined && { informationEvaluation: options.information }),
    ...(options.facts !== undefined && { facts: await readFacts(options.facts) }),
  });
  if (parsed.success) return parsed.data;
  throw draftFault(parsed.error);
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
