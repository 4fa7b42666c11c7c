import { LiaisonError, type RecordHeader, RequestedClock } from '#liaison/protocol';
import type { RecordScenario } from './scenario-file.js';

export type WantedClock = NonNullable<RecordHeader['clock']>;
type Ground = NonNullable<WantedClock['urgencyGround']>;

/** The four grounds of urgency of Directive (EU) 2023/977 article 5, as desks write them. */
const GROUNDS: Readonly<Record<string, Ground>> = {
  'immediate and serious threat to public security': 'public-security',
  'imminent threat to life or physical integrity': 'life-or-integrity',
  'decision on deprivation of liberty': 'deprivation-of-liberty',
  'imminent risk of losing relevance': 'losing-relevance',
};

/** The clock that a request asks for. @throws LiaisonError `usage` for a ground or class that the header does not know. */
export function clockOf(scenario: RecordScenario): WantedClock | undefined {
  if (scenario.clock === undefined) return undefined;
  const { urgencyGround, ...rest } = scenario.clock;
  const parsed = RequestedClock.safeParse({
    ...rest,
    ...(urgencyGround !== undefined && { urgencyGround: GROUNDS[urgencyGround] ?? urgencyGround }),
  });
  if (parsed.success) return parsed.data;
  throw new LiaisonError(
    'usage',
    `The clock of this scenario is not one that a request can ask for. Grounds of urgency: ${Object.keys(GROUNDS).join('; ')}.`,
  );
}
