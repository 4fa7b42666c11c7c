import type { Command } from 'commander';
import { explainReason, EXPORT_PURPOSES, type ExportPurpose, reason, reasonsOf } from '#liaison/policy';
import { type ContactPointId, LiaisonError, RecordId } from '#liaison/protocol';
import {
  exportMisp,
  exportStix,
  type Imported,
  importMisp,
  importStix,
  type Loss,
  reasonText,
} from '#liaison/templates';
import { readFile } from 'node:fs/promises';
import { type Answer, jsonText } from '../answers/answer.js';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { readerAt } from '../desk/desk-reader.js';
import { type ChannelChoice, findChannel } from '../desk/find-channel.js';
import type { ContentRecord } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import type { Reader } from '../desk/reader.js';
import { exitCodeOf } from '../exit-codes.js';
import { safeText } from '../terminal/safe-text.js';
import { markingText } from '../answers/marking-text.js';
import { recordView, viewLines } from '../answers/record-page.js';
import { oneOf } from './draft-options.js';
import { aboutRecord, chosenRecord, contactPointsOf, refOf, type RecordChoice } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';
import { writeNew } from './write-new.js';

const FORMATS = ['stix', 'misp'] as const;
type Format = (typeof FORMATS)[number];

interface ExportOptions extends RecordChoice {
  readonly format?: string;
  readonly out?: string;
  readonly purpose: string;
  readonly recipients?: string;
  readonly bare?: boolean;
  readonly lang?: string;
}

interface ImportOptions extends GlobalOptions, ChannelChoice {
  readonly format?: string;
  readonly template?: string;
  readonly textLang?: string;
  readonly lang?: string;
  readonly exercise?: boolean;
}

export function registerExport(program: Command, setting: Setting): void {
  aboutRecord(program, 'export')
    .description('write a record as a STIX 2.1 bundle or a MISP event, where its marks allow it')
    .option('--format <format>', FORMATS.join(', '))
    .option('--out <file>', 'where to write it (default: standard output)')
    .option('--purpose <purpose>', EXPORT_PURPOSES.join(', '), 'national-system')
    .option('--recipients <contact points>', 'for a partner: whom it reaches')
    .option('--bare', 'without the whole record inside: only what the format has words for')
    .option('--lang <tag>', 'your language, of the reasons why not')
    .addHelpText('after', '\nExamples:\n  liaison --as hu export 01991a2b --format stix --out alert.stix.json')
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const format = formatOf(options.format);
        const content = await chosenRecord(desk, id, options, setting);
        const reader = await readerAt(desk, setting.host, options.lang);
        const refused = await refusal(desk, content, options, reader);
        if (refused !== undefined) {
          setting.end(exitCodeOf('not-allowed'));
          return refused;
        }
        const answer = await written(exported(content, format, options, reader), format, options, setting);
        await noteExport(desk, content, format, options);
        return answer;
      });
    });
}

/** @throws LiaisonError `usage`. */
function formatOf(text: string | undefined): Format {
  if (text === undefined) throw new LiaisonError('usage', `Say which format: --format ${FORMATS.join(' or ')}.`);
  return oneOf(FORMATS, text, '--format');
}

/** Whatever leaves is logged, where there is a log. */
async function noteExport(
  { client, me }: Desk,
  content: ContentRecord,
  format: Format,
  { purpose, recipients }: ExportOptions,
): Promise<void> {
  if (!(await client.log.exists())) return;
  await client.log.exported({ ...refOf(content), authority: recipients ?? me, purpose: `${format}, ${purpose}` });
}

/** The marks decide; every reason against is told, in the reader's language. */
async function refusal(
  desk: Desk,
  content: ContentRecord,
  options: ExportOptions,
  reader: Reader,
): Promise<Answer | undefined> {
  const purpose: ExportPurpose = oneOf(EXPORT_PURPOSES, options.purpose, '--purpose');
  const recipients: ContactPointId[] = contactPointsOf(options.recipients, '--recipients');
  const decision = await desk.client.marks.mayExport(refOf(content), purpose, { recipients });
  if (decision.allowed) return undefined;
  const reasons = reasonsOf(decision).map((each) => ({
    ...each,
    text: reasonText(each, reader.labels, reader.nameOf),
  }));
  return {
    json: { allowed: false, record: content.record.header.id, purpose, reasons },
    lines: () => [
      `Its marks do not let it leave (${purpose}):`,
      ...reasons.map(({ text, code }) => `  ${safeText(text)} (${code})`),
      '"liaison consent ask" asks the originator.',
    ],
  };
}

interface Exported {
  readonly document: object;
  readonly losses: readonly Loss[];
}

function exported(
  { record, marks }: ContentRecord,
  format: Format,
  { bare }: ExportOptions,
  { catalogue }: Reader,
): Exported {
  const marking = marks?.marking ?? record.header.marking;
  const source = { header: { ...record.header, marking }, body: record.body };
  const options = { catalogue, carryRecord: bare !== true };
  if (format === 'misp') {
    const { event, losses } = exportMisp(source, options);
    return { document: event, losses };
  }
  const { bundle, losses } = exportStix(source, options);
  return { document: bundle, losses };
}

/** What is written is in clear: for the owner of the file alone, and never over another. */
async function written(
  { document, losses }: Exported,
  format: Format,
  { out }: ExportOptions,
  { host }: Setting,
): Promise<Answer> {
  const text = JSON.stringify(document, null, 2);
  if (out !== undefined) await writeNew(out, `${text}\n`, { mode: 0o600 });
  const told = losses.map(({ pointer, reason }) => `Not carried: ${pointer}: ${reason}`);
  if (out === undefined) for (const line of told) host.terminal.remark(safeText(line));
  return {
    json: { format, file: out ?? null, losses, ...(out === undefined && { document }) },
    lines: () =>
      out === undefined
        ? jsonText(document, 2).split('\n')
        : [`${safeText(out)}: ${format}, in clear: its marks go with it.`, ...told.map(safeText)],
  };
}

export function registerImport(program: Command, setting: Setting): void {
  program
    .command('import')
    .argument('<file>', 'a STIX 2.1 bundle or a MISP event')
    .description('read what another system wrote as a draft; with --to or --channel, send it')
    .option('--format <format>', FORMATS.join(', '))
    .option('--template <id>', 'the form to fill (default: the one that holds most of it)')
    .option('--text-lang <tag>', 'the language of its texts, where it does not say')
    .option('--to <contact points>', 'send it into the channel with exactly these and you')
    .option('--channel <channel>', 'or by id, first characters of it, or title')
    .option('--exercise', 'it is of an exercise, though it does not say so: you vouch for that')
    .option('--lang <tag>', 'your language')
    .addHelpText(
      'after',
      '\nNothing of it was verified: look at the draft before you send it as your own.\n\nExample:\n  liaison --as hu import alert.stix.json --format stix',
    )
    .action((file: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const reader = await readerAt(desk, setting.host, options.lang);
        const imported = await readForeign(file, options, reader);
        const isSent = options.to !== undefined || options.channel !== undefined;
        return isSent ? sendImported(desk, imported, options, setting) : draftAnswer(desk, imported, reader, setting);
      });
    });
}

async function readForeign(file: string, options: ImportOptions, { catalogue }: Reader): Promise<Imported> {
  const format = formatOf(options.format);
  const { template, textLang: language } = options;
  const wish = { catalogue, ...(template !== undefined && { template }), ...(language !== undefined && { language }) };
  const text = await readText(file);
  return format === 'misp' ? importMisp(text, wish) : importStix(text, wish);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LiaisonError('usage', `${path} cannot be read.`, { cause });
  }
}

async function sendImported(desk: Desk, imported: Imported, options: ImportOptions, setting: Setting): Promise<Answer> {
  const { draft } = imported;
  for (const line of noteLines(imported)) setting.host.terminal.remark(line);
  const { id, profile } = await findChannel(desk, options);
  requireUnmixed(imported, profile.exercise, options);
  const { kind, marking, priority, body } = draft;
  const item = await desk.client.send({ channel: id, kind, marking, ...(priority && { priority }), body });
  setting.end(exitCodeOfSent(item));
  return sentAnswer(item, desk.timeZone);
}

/** What says nothing of an exercise is real, unless the officer knows better. @throws LiaisonError `not-allowed` CLI-25. */
function requireUnmixed({ isExercise, origin }: Imported, intoExercise: boolean, { exercise }: ImportOptions): void {
  const isVouchedFor = origin === undefined && exercise === true;
  if ((isExercise || isVouchedFor) === intoExercise) return;
  const hint = intoExercise && origin === undefined ? ' If this document is of the exercise, say so: --exercise.' : '';
  throw new LiaisonError('not-allowed', `${explainReason(reason('exercise-mixed'))}${hint}`, { check: 'CLI-25' });
}

function draftAnswer(desk: Desk, imported: Imported, reader: Reader, { host }: Setting): Answer {
  const { draft, notes, origin, isExercise } = imported;
  const header = {
    id: UNSENT,
    sender: desk.client.device,
    kind: draft.kind,
    marking: draft.marking,
    priority: draft.priority ?? 'routine',
  } as const;
  return {
    json: { draft, notes, exercise: isExercise, origin: origin ?? null },
    lines: () => [
      ...(isExercise ? [host.terminal.palette.yellow('EXERCISE: nothing in it is real.')] : []),
      markingText(draft.marking),
      '',
      ...viewLines(recordView({ header, body: draft.body }, reader), Math.min(host.terminal.columns, 110), reader),
      '',
      ...noteLines(imported),
      'Not sent: --to or --channel sends it.',
    ],
  };
}

/** A draft has no id yet. */
const UNSENT = RecordId.parse('00000000-0000-7000-8000-000000000000');

function noteLines({ notes }: Imported): string[] {
  return notes.map(({ message, subject }) => safeText(subject === undefined ? message : `${message} (${subject})`));
}
