import { type Classification, CLASSIFICATIONS, type HandlingCode, isWithin, type Marking } from '#liaison/protocol';

export type TlpColour = NonNullable<Marking['tlp']>;
export type PapColour = NonNullable<Marking['pap']>;

/** What several records together are marked: one value an axis, nothing merged between axes. Lists are sorted and hold each value once. */
export interface JoinedMarking {
  readonly classification: Classification;
  /** Every originator's own marking, verbatim: shown, never compared. */
  readonly nationalMarkings: readonly string[];
  /** Closed: whatever is there includes H0. */
  readonly handling: readonly HandlingCode[];
  /** One restriction a line of `handlingText`. */
  readonly handlingTexts: readonly string[];
  readonly tlp?: TlpColour;
  readonly pap?: PapColour;
  readonly caveats: Marking['caveats'];
}

export const MARKING_AXES = ['classification', 'handling', 'handlingText', 'tlp', 'pap', 'caveats'] as const;
export type MarkingAxis = (typeof MARKING_AXES)[number];

/** The longest `handlingText` that a marking holds. */
export const MOST_HANDLING_TEXT = 500;

/** Least strict first. None stands above CLEAR: only the originator's word makes something free. */
const TLP_ORDER = ['CLEAR', undefined, 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const;
const PAP_ORDER = ['CLEAR', undefined, 'GREEN', 'AMBER', 'RED'] as const;

const NOTHING: JoinedMarking = {
  classification: 'UNCLASSIFIED',
  nationalMarkings: [],
  handling: [],
  handlingTexts: [],
  tlp: 'CLEAR',
  pap: 'CLEAR',
  caveats: [],
};

/** The least mark that is at least as strict as each: what a compilation of them is marked. Of nothing: the least mark there is. */
export function joinMarkings(markings: readonly (Marking | JoinedMarking)[]): JoinedMarking {
  return markings.map(joined).reduce(join, NOTHING);
}

/** Whether `a` holds back whatever `b` does. National markings are ranked by their classification and not compared. */
export function isAtLeastAsStrict(a: Marking | JoinedMarking, b: Marking | JoinedMarking): boolean {
  return laxAxes(a, b).length === 0;
}

/** The axes on which `a` allows more than `b`. */
export function laxAxes(a: Marking | JoinedMarking, b: Marking | JoinedMarking): MarkingAxis[] {
  const mine = joined(a);
  const theirs = joined(b);
  const strict: Record<MarkingAxis, boolean> = {
    classification: isWithin(theirs.classification, mine.classification),
    handling: holdsAll(mine.handling, theirs.handling),
    handlingText: holdsAll(mine.handlingTexts, theirs.handlingTexts),
    tlp: tlpRank(mine.tlp) >= tlpRank(theirs.tlp),
    pap: papRank(mine.pap) >= papRank(theirs.pap),
    caveats: holdsAll(mine.caveats, theirs.caveats),
  };
  return MARKING_AXES.filter((axis) => !strict[axis]);
}

/**
 * As a record's header carries it; one national marking is kept, of several none, for a header has room for one.
 * @returns undefined where the texts of H3 do not fit ({@link MOST_HANDLING_TEXT}).
 */
export function markingOfJoin(mark: JoinedMarking): Marking | undefined {
  // H3 has a text, be it of blanks alone.
  const text = mark.handlingTexts.join('\n') || (mark.handling.includes('H3') ? '-' : '');
  if (text.length > MOST_HANDLING_TEXT) return undefined;
  const [national, another] = mark.nationalMarkings;
  return {
    classification: mark.classification,
    handling: [...mark.handling],
    caveats: [...mark.caveats],
    ...(national !== undefined && another === undefined && { nationalMarking: national }),
    ...(text !== '' && { handlingText: text }),
    ...(mark.tlp !== undefined && { tlp: mark.tlp }),
    ...(mark.pap !== undefined && { pap: mark.pap }),
  };
}

/** TLP colours from CLEAR (0) to RED; none lies between CLEAR and GREEN. */
export function tlpRank(tlp: TlpColour | undefined): number {
  return TLP_ORDER.indexOf(tlp);
}

export function joined(marking: Marking | JoinedMarking): JoinedMarking {
  if ('handlingTexts' in marking) return marking;
  const { classification, nationalMarking, handling, handlingText, tlp, pap, caveats } = marking;
  return {
    classification,
    nationalMarkings: nationalMarking === undefined ? [] : [nationalMarking],
    handling: union(handling.length === 0 ? [] : ['H0'], handling),
    handlingTexts: union([], linesOf(handlingText)),
    ...(tlp !== undefined && { tlp }),
    ...(pap !== undefined && { pap }),
    caveats: union([], caveats),
  };
}

function join(a: JoinedMarking, b: JoinedMarking): JoinedMarking {
  const tlp = TLP_ORDER[Math.max(tlpRank(a.tlp), tlpRank(b.tlp))];
  const pap = PAP_ORDER[Math.max(papRank(a.pap), papRank(b.pap))];
  return {
    classification: CLASSIFICATIONS[Math.max(rankOf(a), rankOf(b))] ?? 'TOP SECRET',
    nationalMarkings: union(a.nationalMarkings, b.nationalMarkings),
    handling: union(a.handling, b.handling),
    handlingTexts: union(a.handlingTexts, b.handlingTexts),
    ...(tlp !== undefined && { tlp }),
    ...(pap !== undefined && { pap }),
    caveats: union(a.caveats, b.caveats),
  };
}

function rankOf({ classification }: JoinedMarking): number {
  return CLASSIFICATIONS.indexOf(classification);
}

function papRank(pap: PapColour | undefined): number {
  return PAP_ORDER.indexOf(pap);
}

function linesOf(text = ''): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function union<T extends string>(a: readonly T[], b: readonly T[]): T[] {
  return [...new Set([...a, ...b])].sort();
}

function holdsAll<T>(mine: readonly T[], theirs: readonly T[]): boolean {
  return theirs.every((value) => mine.includes(value));
}
