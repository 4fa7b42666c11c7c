import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import type { RecordDraft } from '#liaison/client';
import { explainIssues, type Json, LiaisonError, timestampOf, Translation } from '#liaison/protocol';
import { valueAt } from '#liaison/templates';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import type { ContentRecord } from '../desk/inbox.js';
import { aboutRecord, chosenRecord, type RecordChoice } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

interface TranslateOptions extends RecordChoice {
  readonly lang?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly facts?: string;
  readonly method: string;
  readonly translator?: string;
  readonly draft?: boolean;
}

const EXAMPLES = `
Only free text needs it: codes, dates, numbers and places are in every reader's language already. Readers see the translation, who made it and how, and the original below it.

Examples:
  liaison --as hu translate 01991a2b --lang hu --subject "Teherautó Kalotinánál" --text "Hűtőkocsi, mintegy 28 ember."
  liaison --as pk translate 01991a2b --lang ur --facts words.json --method machine --translator "the desk's engine"

words.json holds the free text among the facts by pointer: { "/adverts/0/text": "..." }`;

export function registerTranslate(program: Command, setting: Setting): void {
  aboutRecord(program, 'translate')
    .description('send a translation of what a record says, in reply to it')
    .option('--lang <tag>', 'the language that you translate into')
    .option('--subject <text>', 'the subject, translated')
    .option('--text <text>', 'the text, translated; - reads it from standard input')
    .option('--facts <file>', 'free text among the facts, translated: a JSON file of pointers and text')
    .option('--method <method>', Translation.shape.method.options.join(', '), 'human')
    .option('--translator <name>', 'who translated: a person, an office or a tool (default: you)')
    .option('--draft', 'show it to a second officer first, where the channel asks for four eyes (liaison draft)')
    .addHelpText('after', EXAMPLES)
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<TranslateOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const content = await chosenRecord(desk, id, options, setting);
        const translation = await translationOf(options, content, desk.client.device, setting);
        const { client } = desk;
        const draft: RecordDraft = {
          channel: content.channel.id,
          kind: 'message',
          marking: content.marks?.marking ?? content.record.header.marking,
          priority: 'routine',
          inReplyTo: content.record.header.id,
          body: { v: 1, type: 'translation', translation },
        };
        const item = await (options.draft === true ? client.marks.propose(draft) : client.send(draft));
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}

async function translationOf(
  options: TranslateOptions,
  { record: { body } }: ContentRecord,
  device: string,
  { host }: Setting,
): Promise<Translation> {
  if (options.lang === undefined) throw new LiaisonError('usage', 'Into which language? --lang bg.');
  const facts = options.facts === undefined ? undefined : await readWords(options.facts);
  if (options.subject === undefined && options.text === undefined && facts === undefined)
    throw new LiaisonError('usage', 'Translate something: --subject, --text or --facts.');
  requireThere(facts, body.facts);
  const parsed = Translation.safeParse({
    language: options.lang,
    translator: options.translator ?? device,
    method: options.method,
    at: timestampOf(host.clock),
    ...(options.subject !== undefined && { subject: options.subject }),
    ...(options.text !== undefined && { text: options.text === '-' ? await host.readInput() : options.text }),
    ...(facts !== undefined && { facts }),
  });
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `This is no translation that can be sent: ${explainIssues(parsed.error)}.`);
}

async function readWords(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const read = JSON.parse(await readFile(path, 'utf8')) as unknown;
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read };
  } catch (cause) {
    throw new LiaisonError('usage', `--facts takes a JSON file; ${path} cannot be read as one.`, { cause });
  }
  throw new LiaisonError('usage', `--facts takes an object of pointers and text; ${path} holds something else.`);
}

function requireThere(words: Readonly<Record<string, unknown>> | undefined, facts: Json | undefined): void {
  const lost = Object.keys(words ?? {}).filter((pointer) => valueAt(facts ?? null, pointer) === undefined);
  if (lost.length > 0)
    throw new LiaisonError(
      'usage',
      `The record has nothing at ${lost.map((each) => JSON.stringify(each)).join(', ')}.`,
    );
}
