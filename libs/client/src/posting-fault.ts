import { explainReasons, mayPost, type Posting, type ReasonCode, reasonsOf } from '#liaison/policy';
import type { RecordHeader } from '#liaison/protocol';
import type { ClientCheck } from './breach.js';

const CHECK_OF_REASON: Partial<Record<ReasonCode, ClientCheck>> = {
  'above-ceiling': 'CLI-16',
  'not-releasable': 'CLI-17',
  'no-role': 'CLI-18',
  'above-clearance': 'CLI-32',
  'channel-closed': 'CLI-24',
  'exercise-mixed': 'CLI-25',
};

/** What the channel's rules have against a record, with the check that the first of them fails. */
export function postingFault(
  { kind, marking, releasableTo, exercise }: Pick<RecordHeader, 'kind' | 'marking' | 'releasableTo' | 'exercise'>,
  context: Pick<Posting, 'actor' | 'profile' | 'members'>,
): { readonly check: ClientCheck; readonly message: string } | undefined {
  const reasons = reasonsOf(mayPost({ ...context, kind, marking, releasableTo, exercise }));
  const [first] = reasons;
  return first && { check: CHECK_OF_REASON[first.code] ?? 'CLI-17', message: explainReasons(reasons) };
}
