import type { OriginalEvaluation } from '#liaison/protocol';

export type SourceGrade = 'A' | 'B' | 'C' | 'X';
export type InformationGrade = '1' | '2' | '3' | '4';

/** Europol 4x4 of another scale's grades: always an approximation. The original grade stays and is shown first. */
export interface CrossWalk {
  readonly source: SourceGrade;
  readonly information: InformationGrade;
  readonly approximate: true;
  /** `suspected-false`: say so in words (handling code H3), for 4x4 cannot. `conditions`: they are handling, not a grade. */
  readonly warnings: readonly ('suspected-false' | 'conditions')[];
}

const ADMIRALTY_SOURCE = { A: 'A', B: 'B', C: 'B', D: 'C', E: 'C', F: 'X' } as const;
const ADMIRALTY_INFORMATION = { '1': '1', '2': '3', '3': '3', '4': '4', '5': '4', '6': '4' } as const;
/** Reliable may be A or B of 4x4: the lower is no overstatement. */
const UK_SOURCE = { '1': 'B', '2': 'X', '3': 'C' } as const;
const UK_INFORMATION = { A: '2', B: '3', C: '4', D: '4', E: '4' } as const;

export function crossWalk(original: OriginalEvaluation): CrossWalk {
  if (original.scheme === 'admiralty') {
    return {
      source: ADMIRALTY_SOURCE[original.source],
      information: ADMIRALTY_INFORMATION[original.information],
      approximate: true,
      warnings: [],
    };
  }
  return {
    source: UK_SOURCE[original.source],
    information: UK_INFORMATION[original.information],
    approximate: true,
    warnings: [
      ...(original.information === 'E' ? (['suspected-false'] as const) : []),
      ...(original.handling === 'C' ? (['conditions'] as const) : []),
    ],
  };
}

/** Where nobody graded it: reliability and accuracy cannot be judged. */
export const UNGRADED = { source: 'X', information: '4' } as const;
