import type { Equivalent } from '#liaison/policy';
import type { ContentBody, Marking } from '#liaison/protocol';
import { isolateWithin } from './bidi.js';
import { displayable, displayableLine } from './displayable.js';
import { reasonText } from './explain.js';
import { classificationName } from './label-keys.js';
import type { Labels } from './labels.js';

/** One line for the head of a page: `DIFFUSION RESTREINTE · Restricted · H1 H2 · TLP:AMBER · PAP:RED`. */
export function markingLine(marking: Marking, labels: Labels): string {
  const { nationalMarking, classification, handling, tlp, pap, caveats } = marking;
  const parts = [
    nationalMarking === undefined ? [] : displayableLine(nationalMarking).text,
    labels.text(`classification.${classificationName(classification)}`),
    handling.length === 0 ? [] : handling.join(' '),
    tlp === undefined ? [] : `TLP:${tlp}`,
    pap === undefined ? [] : `PAP:${pap}`,
    caveats.map((caveat) => labels.text(`caveat.${caveat}`)),
  ];
  return parts
    .flat()
    .map((part) => isolateWithin(labels.direction, part))
    .join(' · ');
}

export interface LabelledLine {
  readonly label: string;
  readonly value: string;
  /** Words of the originator's own language. */
  readonly runs?: 'own';
}

/** The axes of a marking, one line a code: never merged. */
export function markingLines(marking: Marking, labels: Labels): readonly LabelledLine[] {
  const line = (name: string, value: string | undefined, runs?: 'own'): LabelledLine[] =>
    value === undefined ? [] : [{ label: labels.text(`mark.${name}`), value, ...(runs && { runs }) }];
  return [
    ...line('national', marking.nationalMarking && displayableLine(marking.nationalMarking).text, 'own'),
    ...line('classification', labels.text(`classification.${classificationName(marking.classification)}`)),
    ...marking.handling.flatMap((code) => line('handling', labels.text(`handling.${code}`))),
    ...line('restrictions', clean(marking.handlingText), 'own'),
    ...line('tlp', marking.tlp && labels.text(`tlp.${marking.tlp}`)),
    ...line('pap', marking.pap && labels.text(`pap.${marking.pap}`)),
    ...marking.caveats.flatMap((caveat) => line('caveats', labels.text(`caveat.${caveat}`))),
  ];
}

/**
 * What the marking is in the reader's own country. That nothing counts as equal is said where the originator used a marking of
 * its own, which the reader might otherwise take for one that it knows.
 */
export function equivalentLines(
  { nationalMarking }: Marking,
  equivalent: Equivalent | undefined,
  labels: Labels,
  nameOf: (contactPoint: string) => string = (contactPoint) => contactPoint.toUpperCase(),
): readonly LabelledLine[] {
  if (equivalent === undefined) return [];
  const label = labels.text('mark.equivalent');
  if (equivalent.allowed) return [{ label, value: equivalent.term.term, runs: 'own' }];
  if (nationalMarking === undefined) return [];
  return equivalent.reasons.map((reason) => ({ label, value: reasonText(reason, labels, nameOf) }));
}

/** Grades on the Europol scale; where they were converted, the original grade comes with them. */
export function evaluationLines(body: ContentBody, labels: Labels): readonly LabelledLine[] {
  const { sourceEvaluation, informationEvaluation, originalEvaluation } = body;
  const source = labels.text('mark.source');
  const information = labels.text('mark.information');
  return [
    ...(sourceEvaluation === undefined ? [] : [{ label: source, value: labels.text(`source.${sourceEvaluation}`) }]),
    ...(informationEvaluation === undefined
      ? []
      : [{ label: information, value: labels.text(`information.${informationEvaluation}`) }]),
    ...(originalEvaluation === undefined
      ? []
      : [{ label: `${source}, ${information}`, value: originalGrade(originalEvaluation, labels) }]),
  ];
}

function originalGrade(original: NonNullable<ContentBody['originalEvaluation']>, labels: Labels): string {
  const scheme = labels.text(`evaluation.scheme-${original.scheme}`);
  const isUk = original.scheme === '3x5x2';
  const grade = `${original.source}${original.information}${isUk ? original.handling : ''}`;
  const conditions = isUk ? original.conditions : undefined;
  return [
    labels.text('evaluation.original', { scheme, grade }),
    labels.text('evaluation.approximate'),
    ...(conditions === undefined
      ? []
      : [labels.text('evaluation.conditions', { text: displayableLine(conditions).text })]),
  ].join('. ');
}

function clean(untrusted: string | undefined): string | undefined {
  return untrusted === undefined ? undefined : displayable(untrusted).text;
}
