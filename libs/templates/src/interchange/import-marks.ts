import { isAtLeastAsStrict, joinMarkings, markingOfJoin, MOST_HANDLING_TEXT } from '#liaison/policy';
import type { Marking } from '#liaison/protocol';
import type { ImportNote } from './import-note.js';

/** What a document's marks say, as far as they were understood. */
export interface MarksRead {
  readonly markings: readonly Marking[];
  /** Words of marks that nobody here understands. */
  readonly unknown: readonly string[];
}

/** On every axis the strictest there is: what a mark means that nobody understands. An officer lowers it, after asking. */
const STRICTEST: Marking = {
  classification: 'TOP SECRET',
  handling: ['H0', 'H1', 'H2', 'H3'],
  handlingText: 'Marked by its source with words that were not understood: ask the source.',
  tlp: 'RED',
  pap: 'RED',
  caveats: [],
};

/** Of a document that no mark stands on: not open, and not more than an office may hold. */
const UNMARKED: Marking = {
  classification: 'RESTRICTED',
  handling: ['H0', 'H2'],
  tlp: 'AMBER+STRICT',
  pap: 'AMBER',
  caveats: [],
};

/** A colour or code with nothing said on the other axes: they get what an unmarked document has, so that silence frees nothing. */
export function partialMarking(stated: Partial<Marking>): Marking {
  return { classification: 'RESTRICTED', handling: ['H0'], caveats: [], ...stated };
}

/**
 * A mark at least as strict as each that was found, and as the record's own where the document carries one.
 * @param own kept verbatim where nothing in the document is stricter.
 */
export function importedMarking(read: MarksRead, own?: Marking): { marking: Marking; notes: ImportNote[] } {
  const notes = read.unknown.map(
    (words): ImportNote => ({
      code: 'marking-unknown',
      message: `The marking “${words.slice(0, 200)}” is not understood: the draft has the strictest marks until an officer decides.`,
    }),
  );
  const found = [...read.markings, ...(read.unknown.length === 0 ? [] : [STRICTEST])];
  if (own !== undefined && found.every((marking) => isAtLeastAsStrict(own, marking))) return { marking: own, notes };
  if (own !== undefined)
    notes.push({ code: 'marking-raised', message: 'The document is marked stricter than its record: the stricter holds.' });
  if (own === undefined && found.length === 0) {
    notes.push({ code: 'marking-absent', message: 'The document has no marking: the draft proposes one. Check it.' });
    return { marking: UNMARKED, notes };
  }
  return { marking: join([...(own === undefined ? [] : [own]), ...found], notes), notes };
}

function join(markings: readonly Marking[], notes: ImportNote[]): Marking {
  const joined = joinMarkings(markings);
  const fitting = markingOfJoin(joined);
  if (fitting !== undefined) return fitting;
  notes.push({ code: 'cut', message: 'The restrictions in words (H3) are longer than a mark holds: read them in the document.' });
  const handlingTexts = [joined.handlingTexts.join(' ').slice(0, MOST_HANDLING_TEXT - 1)];
  return markingOfJoin({ ...joined, handlingTexts }) ?? STRICTEST;
}
