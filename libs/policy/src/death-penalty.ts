import type { ContactPointId } from '#liaison/protocol';
import { countryOf } from './country.js';

export interface DeathPenaltyRow {
  /** ISO 3166-1 alpha-2, lower case. */
  readonly country: string;
  readonly state: 'retains' | 'abolished';
  readonly source: string;
  /** False: on somebody's word, not read in its source. */
  readonly verified: boolean;
}

const REMEMBERED = 'general knowledge, to be checked against the state’s own law';

/** Countries of the founding community. Data to be reviewed: whoever is not listed counts as retaining it. */
export const DEATH_PENALTY: readonly DeathPenaltyRow[] = [
  { country: 'az', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'ba', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'bd', state: 'retains', source: REMEMBERED, verified: false },
  { country: 'bg', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'fr', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'hu', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'iq', state: 'retains', source: REMEMBERED, verified: false },
  { country: 'it', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'mk', state: 'abolished', source: REMEMBERED, verified: false },
  { country: 'pk', state: 'retains', source: REMEMBERED, verified: false },
];

export function retainsDeathPenalty(contactPoint: ContactPointId): boolean {
  const country = countryOf(contactPoint);
  return DEATH_PENALTY.find((row) => row.country === country)?.state !== 'abolished';
}
