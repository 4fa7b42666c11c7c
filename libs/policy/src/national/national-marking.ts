import {
  type Classification,
  CLASSIFICATIONS,
  type ContactPointId,
  isWithin,
  type Marking,
  type SecurityAgreement,
} from '#liaison/protocol';
import { agreementBetween } from '../agreements.js';
import { countryOf } from '../country.js';
import { reason, type Reason } from '../decision.js';
import { NATIONAL_TERMS, type NationalTerm } from './scales.js';

/** Scales that any contact point may use beside its own. */
const SHARED_AUTHORITIES = ['eu', 'nato'];

/**
 * The listed term that a marking of this contact point is, of its own country first; undefined: taken verbatim, of unknown rank.
 */
export function nationalTerm(nationalMarking: string, originator: ContactPointId): NationalTerm | undefined {
  const country = countryOf(originator);
  const terms = TERMS_BY_TEXT.get(folded(nationalMarking)) ?? [];
  return (
    terms.find(({ authority }) => authority === country) ??
    terms.find(({ authority }) => SHARED_AUTHORITIES.includes(authority))
  );
}

/** A listed marking of one of these originators, or the name of a level itself, never ranks above the classification beside it. */
export function understatedNational(
  { nationalMarking, classification }: Pick<Marking, 'nationalMarking' | 'classification'>,
  originators: readonly ContactPointId[],
): Reason | undefined {
  if (nationalMarking === undefined) return undefined;
  const ranks = originators.flatMap((originator) => nationalTerm(nationalMarking, originator)?.rank ?? []);
  const rank = [...ranks, ...levelsNamed(nationalMarking)].find((candidate) => !isWithin(candidate, classification));
  return rank === undefined ? undefined : reason('national-understated', { nationalMarking, rank, classification });
}

export type Equivalent =
  | {
      readonly allowed: true;
      readonly term: NationalTerm;
      /** Absent where reader and originator are of one country. */
      readonly agreement?: SecurityAgreement;
    }
  | { readonly allowed: false; readonly reasons: readonly [Reason] };

/**
 * The reader's own term for a marking of `from`. Nothing is equivalent by itself: only an agreement between the two says so. The
 * originator's marking is always shown first, whatever this answers. @param at milliseconds since 1970.
 */
export function equivalentMarking(
  marking: Pick<Marking, 'classification' | 'nationalMarking'>,
  from: ContactPointId,
  to: ContactPointId,
  agreements: readonly SecurityAgreement[],
  at: number,
): Equivalent {
  const { nationalMarking, classification } = marking;
  const own = nationalMarking === undefined ? undefined : nationalTerm(nationalMarking, from);
  if (nationalMarking !== undefined && own === undefined) {
    return not(reason('unlisted-marking', { nationalMarking, country: countryOf(from) ?? from }));
  }
  const rank = own?.rank ?? classification;
  const agreement = agreementBetween(from, to, rank, agreements, at);
  const sameCountry = countryOf(from) === countryOf(to) && countryOf(from) !== undefined;
  if (!sameCountry && agreement === undefined) {
    return not(reason('no-agreement', { classification: rank, originator: from, contactPoints: [to] }));
  }
  const term = termOf(countryOf(to), rank);
  if (term === undefined)
    return not(reason('no-national-term', { country: countryOf(to) ?? to, classification: rank }));
  return { allowed: true, term, ...(agreement !== undefined && { agreement }) };
}

/** What documents of today are marked there. */
function termOf(country: string | undefined, rank: Classification): NationalTerm | undefined {
  return NATIONAL_TERMS.find((term) => term.authority === country && term.rank === rank && term.validTo === undefined);
}

function not(against: Reason): Equivalent {
  return { allowed: false, reasons: [against] };
}

function levelsNamed(nationalMarking: string): Classification[] {
  return CLASSIFICATIONS.filter((level) => level.toLowerCase() === folded(nationalMarking));
}

/** One spelling for what officers type: without case, doubled blanks and a trailing exclamation mark. */
function folded(marking: string): string {
  return marking.normalize('NFC').toLowerCase().replace(/!/g, '').replace(/\s+/g, ' ').trim();
}

const TERMS_BY_TEXT = new Map<string, NationalTerm[]>();
for (const term of NATIONAL_TERMS) {
  for (const text of [term.term, ...(term.also ?? [])]) {
    TERMS_BY_TEXT.set(folded(text), [...(TERMS_BY_TEXT.get(folded(text)) ?? []), term]);
  }
}
