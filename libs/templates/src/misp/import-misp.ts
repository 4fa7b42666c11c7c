import { fromUtf8, type Json, LiaisonError } from '#liaison/protocol';
import { base64 } from '@scure/base';
import { type CarriedRecord, decodeCarried } from '../interchange/carried-record.js';
import { isExerciseTag, isExerciseTitle } from '../interchange/exercise-words.js';
import type { ImportOptions } from '../interchange/foreign-content.js';
import { draftOfCarried, draftOfForeign, type Imported } from '../interchange/import-draft.js';
import { importedMarking, type MarksRead } from '../interchange/import-marks.js';
import type { ImportNote } from '../interchange/import-note.js';
import { memberOf, objectOf, stringOf } from '../interchange/json-values.js';
import { INTERCHANGE_LIMITS, parseUntrusted } from '../interchange/parse-untrusted.js';
import { unknownForm } from '../interchange/unknown-form.js';
import { isList, type JsonObject } from '../pointer.js';
import { changesOf } from './changes.js';
import { writeEvent } from './export-misp.js';
import { readDissemination } from './dissemination-marks.js';
import { readMarkingTags } from './misp-tags.js';
import { attributesOf, eventAttributes, eventObjects, tagNames } from './read-event.js';
import { readForeign } from './read-foreign.js';

/**
 * A draft of what a MISP event says, ours or anybody's. What was not understood is among the notes; the marks are at least as strict as the
 * document's.
 * @throws LiaisonError XCH-01 to XCH-03 of {@link parseUntrusted}, `malformed` XCH-04 where the document is no event or has too many attributes.
 */
export function importMisp(untrustedText: string, options: ImportOptions = {}): Imported {
  const event = requireEvent(parseUntrusted(untrustedText));
  const isExercise = saysExercise(event);
  const notes: ImportNote[] = [];
  const record = carriedIn(event, notes);
  if (record === undefined) {
    const { marking, notes: told } = importedMarking(marksOf(event));
    const content = readForeign(event);
    const all = [...notes, ...told, ...content.notes];
    return draftOfForeign({ ...content, notes: all, isExercise }, marking, options);
  }
  const unknown = unknownForm(record, options);
  const changed = unknown === undefined ? changesOf(event, writeEvent(record, options).event) : [unknown];
  if (changed.length === 0) return draftOfCarried(record, record.header.marking, { notes, isExercise });
  const { marking, notes: told } = importedMarking(marksOf(event), record.header.marking);
  return draftOfCarried(record, marking, { notes: [...notes, ...told, ...changed], isExercise });
}

/** `{ Event }`, or the answer of a search that found one. */
function requireEvent(document: Json): JsonObject {
  const found = memberOf(objectOf(document), 'response') ?? document;
  const [only, another] = isList(found) ? found : [found];
  const event = objectOf(memberOf(objectOf(only), 'Event'));
  if (event === undefined || another !== undefined)
    throw new LiaisonError('malformed', 'The document is not one MISP event.', { check: 'XCH-04' });
  const count = eventObjects(event).length + eventAttributes(event).length;
  if (count > INTERCHANGE_LIMITS.objects)
    throw new LiaisonError('malformed', `The event has more than ${INTERCHANGE_LIMITS.objects} attributes.`, {
      check: 'XCH-04',
    });
  return event;
}

/** Of the event, its objects' attributes, and what their dissemination says. */
function marksOf(event: JsonObject): MarksRead {
  const tags = readMarkingTags([...tagNames(event), ...eventAttributes(event).flatMap(tagNames)]);
  const dissemination = readDissemination(eventObjects(event));
  return { stated: [...tags.stated, ...dissemination.stated], unknown: [...tags.unknown, ...dissemination.unknown] };
}

function saysExercise(event: JsonObject): boolean {
  const tags = [...tagNames(event), ...eventAttributes(event).flatMap(tagNames)];
  return tags.some(isExerciseTag) || isExerciseTitle(stringOf(memberOf(event, 'info')));
}

/** The record that the event says to be made of. */
function carriedIn(event: JsonObject, notes: ImportNote[]): CarriedRecord | undefined {
  const texts = eventObjects(event)
    .filter((object) => memberOf(object, 'name') === 'liaison-record')
    .flatMap((object) => attributesOf(object))
    .filter((attribute) => memberOf(attribute, 'object_relation') === 'record')
    .map((attribute) => stringOf(memberOf(attribute, 'data')) ?? '');
  if (texts.length === 0) return undefined;
  const record = texts.length === 1 ? decodeCarried(decoded(texts[0] ?? '')) : undefined;
  if (record === undefined)
    notes.push({
      code: 'record-unreadable',
      message:
        texts.length === 1
          ? 'The event says to carry a record, which cannot be read: MISP leaves files out unless asked for them.'
          : 'The event says to carry several records: none was taken.',
    });
  return record;
}

function decoded(untrustedData: string): string {
  try {
    return fromUtf8(base64.decode(untrustedData));
  } catch {
    return '';
  }
}
