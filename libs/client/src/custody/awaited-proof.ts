import type { Clock } from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { breach } from '../breach.js';
import type { Transaction } from '../transaction.js';

/** The log signs at least once a second; after so long without a proof the hub does not mean to give one. */
const DEADLINE_MS = 5 * 60 * 1000;

interface Awaited {
  /** Where it is kept since when a proof is waited for. */
  readonly key: string;
  readonly isWaiting: boolean;
  /** What comes of it that no checkpoint covers what the hub shows: plain words. */
  readonly consequence: string;
}

/** A proof that does not come in time is an alarm (CLI-86). */
export async function noteAwaited(transaction: Transaction, clock: Clock, awaited: Awaited): Promise<void> {
  const { key, isWaiting, consequence } = awaited;
  const since = (await transaction.getJson<{ since: number }>(key))?.since;
  if (!isWaiting) transaction.delete(key);
  else if (since === undefined) transaction.putJson(key, { since: clock.now() });
  else if (clock.now() - since > DEADLINE_MS) await raiseAlarm(transaction, clock, breach('CLI-86', consequence));
}
