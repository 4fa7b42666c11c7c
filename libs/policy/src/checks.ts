import type { Reason, ReasonCode } from './decision.js';

/** The check that each reason fails: rows of docs/spec/validation.md, the same at hub and client. */
export const CHECK_OF_REASON = {
  'wrong-form': 'POL-01',
  'not-entitled': 'POL-02',
  'mark-too-lax': 'POL-03',
  'asylum-seeker': 'POL-04',
  'death-penalty': 'POL-04',
  'handling-h2': 'POL-04',
  'origin-unknown': 'POL-04',
  'outside-releasability': 'POL-04',
  tlp: 'POL-04',
  'export-above-restricted': 'POL-05',
  'no-agreement': 'POL-05',
  'national-understated': 'POL-06',
  'no-national-term': 'POL-06',
  'unlisted-marking': 'POL-06',
  'not-originator': 'POL-07',
  'consent-answers': 'POL-08',
  'already-withdrawn': 'POL-09',
  'not-withdrawable': 'POL-09',
  withdrawn: 'POL-10',
  'release-missing': 'POL-11',
  'release-signature': 'POL-12',
  'above-clearance': 'POL-13',
  'release-authority': 'POL-13',
  'release-same-officer': 'POL-13',
  'release-content': 'POL-14',
  'history-rule': 'POL-21',
  'handling-text-too-long': 'POL-15',
  'too-many-sources': 'POL-15',
  'fact-marked-stricter': 'POL-16',
  'asylum-origin': 'POL-17',
  'handling-h1': 'POL-18',
  minor: 'POL-19',
  'victim-consent': 'POL-19',
  'above-ceiling': 'CLI-16',
  'not-releasable': 'CLI-17',
  'no-role': 'CLI-18',
  'channel-closed': 'CLI-24',
  'exercise-mixed': 'CLI-25',
  'clearance-below-ceiling': 'CLI-32',
  'contact-point-inactive': 'CLI-33',
} as const satisfies Record<ReasonCode, string>;

/** The first check that failed names the refusal; all reasons are in its words. */
export function checkOf(reasons: readonly Reason[]): string {
  const [first] = reasons;
  return first === undefined ? 'POL-01' : CHECK_OF_REASON[first.code];
}
