import { canonicalJson, type Json, LiaisonError } from '#liaison/protocol';
import { type CarriedRecord, decodeCarried } from '../interchange/carried-record.js';
import { isExerciseTag, isExerciseTitle } from '../interchange/exercise-words.js';
import type { ImportOptions } from '../interchange/foreign-content.js';
import { draftOfCarried, draftOfForeign, type Imported } from '../interchange/import-draft.js';
import { importedMarking } from '../interchange/import-marks.js';
import type { ImportNote } from '../interchange/import-note.js';
import { listOf, memberOf, objectOf, stringOf } from '../interchange/json-values.js';
import { INTERCHANGE_LIMITS, parseUntrusted } from '../interchange/parse-untrusted.js';
import { unknownForm } from '../interchange/unknown-form.js';
import { isObject, type JsonObject } from '../pointer.js';
import { writeBundle } from './export-stix.js';
import { EXTENSIONS } from './extension-definitions.js';
import { readForeign } from './read-foreign.js';
import { readMarks } from './stix-marks.js';

/**
 * A draft of what a STIX bundle says, ours or anybody's. What was not understood is among the notes; the marks are at least as strict as the
 * document's.
 * @throws LiaisonError XCH-01 to XCH-03 of {@link parseUntrusted}, `malformed` XCH-04 where the document is no bundle or has too many objects.
 */
export function importStix(untrustedText: string, options: ImportOptions = {}): Imported {
  const objects = requireObjects(parseUntrusted(untrustedText));
  const marks = readMarks(objects);
  const isExercise = saysExercise(objects);
  const notes: ImportNote[] = [];
  const record = carriedIn(objects, notes);
  if (record === undefined) {
    const { marking, notes: told } = importedMarking(marks);
    const content = readForeign(objects);
    const all = [...notes, ...told, ...content.notes];
    return draftOfForeign({ ...content, notes: all, isExercise }, marking, options);
  }
  const unknown = unknownForm(record, options);
  const changed = unknown === undefined ? changes(objects, record, options) : [unknown];
  if (changed.length === 0) return draftOfCarried(record, record.header.marking, { notes, isExercise });
  const { marking, notes: told } = importedMarking(marks, record.header.marking);
  return draftOfCarried(record, marking, { notes: [...notes, ...told, ...changed], isExercise });
}

function requireObjects(document: Json): readonly JsonObject[] {
  const bundle = objectOf(document);
  const objects = memberOf(bundle, 'objects');
  if (memberOf(bundle, 'type') !== 'bundle' || !Array.isArray(objects))
    throw new LiaisonError('malformed', 'The document is not a STIX bundle with objects.', { check: 'XCH-04' });
  if (objects.length > INTERCHANGE_LIMITS.objects)
    throw new LiaisonError('malformed', `The bundle has more than ${INTERCHANGE_LIMITS.objects} objects.`, {
      check: 'XCH-04',
    });
  return objects.filter(isObject);
}

function saysExercise(objects: readonly JsonObject[]): boolean {
  return objects.some((object) => {
    const labels = listOf(memberOf(object, 'labels')).flatMap((label) => stringOf(label) ?? []);
    return labels.some(isExerciseTag) || isExerciseTitle(stringOf(memberOf(object, 'name')));
  });
}

/** The record that the bundle says to be made of. */
function carriedIn(objects: readonly JsonObject[], notes: ImportNote[]): CarriedRecord | undefined {
  const texts = objects.flatMap((object) => {
    const ours = objectOf(memberOf(objectOf(memberOf(object, 'extensions')), EXTENSIONS.record));
    return ours === undefined ? [] : [stringOf(memberOf(ours, 'record')) ?? ''];
  });
  if (texts.length === 0) return undefined;
  const record = texts.length === 1 ? decodeCarried(texts[0] ?? '') : undefined;
  if (record === undefined)
    notes.push({
      code: 'record-unreadable',
      message:
        texts.length === 1
          ? 'The bundle says to carry a record, which cannot be read.'
          : 'The bundle says to carry several records: none was taken.',
    });
  return record;
}

/** An export of the same record gives the same objects: what differs was changed on the way, and the draft has it not. */
function changes(objects: readonly JsonObject[], record: CarriedRecord, options: ImportOptions): ImportNote[] {
  const made = new Map(writeBundle(record, options).bundle.objects.map((object) => [object.id, canonicalJson(object)]));
  const received = new Map(objects.map((object) => [stringOf(memberOf(object, 'id')) ?? '', object]));
  const differing = [...received].filter(([id, object]) => made.get(id) !== textOf(object)).map(([id]) => id);
  const missing = [...made.keys()].filter((id) => !received.has(id));
  // An id that stands twice says two things.
  const repeated = objects.length > received.size && differing.length === 0 ? ['objects'] : [];
  return [...differing, ...missing, ...repeated].map((id) => ({
    code: 'changed',
    message: 'It was changed, added or left out after the export. The draft is the record as it was exported.',
    subject: id.slice(0, 200),
  }));
}

/** Nothing that cannot be canonical JSON is equal to anything. */
function textOf(object: JsonObject): string | undefined {
  try {
    return canonicalJson(object);
  } catch {
    return undefined;
  }
}
