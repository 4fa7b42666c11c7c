import {
  isAtLeastAsStrict,
  joinMarkings,
  type JoinedMarking,
  markingOfJoin,
  MOST_HANDLING_TEXT,
} from '#liaison/policy';
import type { Marking } from '#liaison/protocol';
import type { ImportNote } from './import-note.js';

/** What a document's marks say, as far as they were understood. */
export interface MarksRead {
  /** Each with the axes that it states. */
  readonly stated: readonly Partial<Marking>[];
  /** Words of marks that nobody here understands. */
  readonly unknown: readonly string[];
}

/** On every axis the strictest there is: what a mark means that nobody understands. An officer lowers it, after asking. */
const STRICTEST: Marking = {
  classification: 'TOP SECRET',
  handling: ['H0', 'H1', 'H2', 'H3'],
  handlingText: 'Marked by its source in a way that was not understood: ask the source.',
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

/** Adds nothing to what the other marks say. */
const LEAST: Marking = { classification: 'UNCLASSIFIED', handling: [], tlp: 'CLEAR', pap: 'CLEAR', caveats: [] };

/**
 * A mark at least as strict as each that was found, and as the record's own where the document carries one.
 * @param own kept verbatim where nothing in the document is stricter.
 */
export function importedMarking(read: MarksRead, own?: Marking): { marking: Marking; notes: ImportNote[] } {
  const notes = read.unknown.map((words): ImportNote => ({
    code: 'marking-unknown',
    message: `The marking “${words.slice(0, 200)}” is not understood: the draft has the strictest marks until an officer decides.`,
  }));
  const stated = [...read.stated, ...(read.unknown.length === 0 ? [] : [STRICTEST])];
  if (own === undefined && stated.length === 0)
    return {
      marking: UNMARKED,
      notes: [{ code: 'marking-absent', message: 'The document has no marking: the draft proposes one. Check it.' }],
    };
  if (own === undefined) return { marking: fitted(joinStated(stated), notes), notes };
  const found = stated.map((axes): Marking => ({ ...own, ...axes }));
  if (found.every((marking) => isAtLeastAsStrict(own, marking))) return { marking: own, notes };
  notes.push({
    code: 'marking-raised',
    message: 'The document is marked stricter than its record: the stricter holds.',
  });
  return { marking: fitted(joinMarkings([own, ...found]), notes), notes };
}

/** What nobody stated is not thereby free: no classification means RESTRICTED, no handling code H0, no colour none. */
function joinStated(stated: readonly Partial<Marking>[]): JoinedMarking {
  const { tlp, pap, ...joined } = joinMarkings(stated.map((axes) => ({ ...LEAST, ...axes })));
  const has = (axis: keyof Marking): boolean => stated.some((axes) => axes[axis] !== undefined);
  return {
    ...joined,
    ...(!has('classification') && { classification: 'RESTRICTED' }),
    ...(!has('handling') && { handling: ['H0'] }),
    ...(has('tlp') && tlp !== undefined && { tlp }),
    ...(has('pap') && pap !== undefined && { pap }),
  };
}

function fitted(joined: JoinedMarking, notes: ImportNote[]): Marking {
  const fitting = markingOfJoin(joined);
  if (fitting !== undefined) return fitting;
  notes.push({
    code: 'cut',
    message: 'The restrictions in words (H3) are longer than a mark holds: read them in the document.',
  });
  const handlingTexts = [
    joined.handlingTexts
      .join(' ')
      .slice(0, MOST_HANDLING_TEXT - 1)
      .toWellFormed(),
  ];
  return markingOfJoin({ ...joined, handlingTexts }) ?? STRICTEST;
}
