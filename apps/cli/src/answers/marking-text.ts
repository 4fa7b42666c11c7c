import type { Marking } from '#liaison/protocol';
import type { Palette } from '../terminal/colour.js';
import { safeText } from '../terminal/safe-text.js';

/** The marking on one line, the originator's own first: `DIFFUSION RESTREINTE · RESTRICTED · H0 H2 · TLP:AMBER · PAP:AMBER · minor`. */
export function markingText(marking: Marking): string {
  return [
    ...(marking.nationalMarking === undefined ? [] : [safeText(marking.nationalMarking)]),
    marking.classification,
    ...(marking.handling.length === 0 ? [] : [marking.handling.join(' ')]),
    ...(marking.handlingText === undefined ? [] : [safeText(marking.handlingText)]),
    ...(marking.tlp === undefined ? [] : [`TLP:${marking.tlp}`]),
    ...(marking.pap === undefined ? [] : [`PAP:${marking.pap}`]),
    ...marking.caveats,
  ].join(' · ');
}

export function priorityStyle(priority: string, palette: Palette): (text: string) => string {
  if (priority === 'flash') return (text) => palette.bold(palette.red(text));
  return priority === 'urgent' ? palette.red : palette.dim;
}
