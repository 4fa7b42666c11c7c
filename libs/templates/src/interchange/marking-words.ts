import type { Marking } from '#liaison/protocol';

/** A marking in one line, for tools that read no more: `RESTRICTED | H0 H2 | TLP:AMBER | PAP:AMBER | minor`. */
export function markingWords(marking: Marking): string {
  const { nationalMarking, classification, handling, handlingText, tlp, pap, caveats } = marking;
  const parts = [
    ...(nationalMarking === undefined ? [] : [nationalMarking]),
    classification,
    ...(handling.length === 0 ? [] : [handling.join(' ')]),
    ...(tlp === undefined ? [] : [`TLP:${tlp}`]),
    ...(pap === undefined ? [] : [`PAP:${pap}`]),
    ...caveats,
    ...(handlingText === undefined ? [] : [handlingText]),
  ];
  return parts.join(' | ');
}
