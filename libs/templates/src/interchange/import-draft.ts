import { LanguageTag, type Marking, type Priority, type RecordKind } from '#liaison/protocol';
import { type CarriedRecord, ImportedBody } from './carried-record.js';
import { isExerciseTitle } from './exercise-words.js';
import type { ForeignContent, ImportOptions } from './foreign-content.js';
import type { ImportNote } from './import-note.js';
import { placeEntities } from './place-entities.js';

/** What an officer looks at, completes and sends as their own. Nothing of it was verified. */
export interface ImportedDraft {
  readonly kind: RecordKind;
  readonly marking: Marking;
  readonly priority?: Priority;
  readonly releasableTo?: CarriedRecord['header']['releasableTo'];
  readonly body: ImportedBody;
}

export interface Imported {
  readonly draft: ImportedDraft;
  readonly notes: readonly ImportNote[];
  /** The document, or the record in it, says that it is of an exercise. */
  readonly isExercise: boolean;
  /** The header of the record that the document says to come from: what it claims, not what is known. */
  readonly origin?: CarriedRecord['header'];
}

const UNVERIFIED: ImportNote = {
  code: 'unverified',
  message: 'No signature travels in this format: ask the source before you rely on it.',
};
const MOST_TEXT = 40_000;
const MOST_SUBJECT = 300;

export function draftOfCarried(
  record: CarriedRecord,
  marking: Marking,
  { notes, isExercise }: Pick<Imported, 'notes' | 'isExercise'>,
): Imported {
  const { kind, priority, releasableTo, exercise } = record.header;
  return {
    draft: { kind, marking, priority, ...(releasableTo !== undefined && { releasableTo }), body: record.body },
    notes: [UNVERIFIED, ...notes],
    isExercise: isExercise || exercise === true,
    origin: record.header,
  };
}

export function draftOfForeign(
  content: ForeignContent & Pick<Imported, 'isExercise'>,
  marking: Marking,
  options: ImportOptions,
): Imported {
  const placed = placeEntities(content, options);
  const text = tidy([...content.texts, ...placed.lines].join('\n\n'));
  const notes = [UNVERIFIED, ...content.notes, ...placed.notes];
  if (text.length > MOST_TEXT)
    notes.push({ code: 'cut', message: `The text was longer than ${MOST_TEXT} characters.` });
  const { template } = placed;
  return {
    draft: {
      kind: template?.kinds[0] ?? 'message',
      marking,
      body: ImportedBody.parse({
        v: 1,
        type: 'content',
        language: languageOf(content.language) ?? languageOf(options.language) ?? 'en',
        subject: clipped(tidy(content.subject ?? '').replaceAll(/\s+/g, ' '), MOST_SUBJECT) || 'Imported document',
        ...(text !== '' && { text: clipped(text, MOST_TEXT) }),
        ...(template !== undefined && {
          template: { id: template.id, version: template.version },
          facts: placed.facts,
        }),
      }),
    },
    notes,
    isExercise: content.isExercise || isExerciseTitle(content.subject),
  };
}

/** Well-formed and without characters that could forge what a screen shows. */
function tidy(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, ' ')
    .trim();
}

function clipped(words: string, most: number): string {
  return words.length <= most ? words : words.slice(0, most).replace(/[\ud800-\udbff]$/, '');
}

function languageOf(tag: string | undefined): string | undefined {
  const parsed = LanguageTag.safeParse(tag);
  return parsed.success ? parsed.data : undefined;
}
