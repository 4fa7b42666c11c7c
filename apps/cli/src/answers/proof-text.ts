import type { ProofView } from '#liaison/client';
import { momentIn } from '../terminal/time-text.js';

/** The state of a record's proof, without the proof itself. */
export function proofJson(view: ProofView): object {
  if (view.state !== 'proved') return view;
  const { state, proof, size, cosignedBy, quorum, verifiedAt } = view;
  return { state, index: proof.index, size, cosignedBy: [...cosignedBy], quorum, verifiedAt };
}

/** The same in one line. */
export function proofLine(view: ProofView, timeZone: string): string {
  switch (view.state) {
    case 'none':
      return 'In the log: not proved here. "liaison log verify --record" asks for the proof.';
    case 'awaited':
      return view.refused === undefined
        ? `In the log: confirmed at ${momentIn(view.since, timeZone)} as entry ${view.index}, proof still to come.`
        : `In the log: NOT PROVED, the proof that the hub gave is wrong [${view.refused}]. See "liaison alarms".`;
    case 'proved':
      return `In the log: proved, entry ${view.proof.index} of ${view.size}, ${witnessText(view)}.`;
  }
}

function witnessText({ cosignedBy, quorum }: Extract<ProofView, { state: 'proved' }>): string {
  if (cosignedBy.length === 0) return quorum ? 'the roster names no witnesses' : 'not witnessed yet';
  return `witnessed by ${cosignedBy.length}${quorum ? '' : ', too few yet'}`;
}
