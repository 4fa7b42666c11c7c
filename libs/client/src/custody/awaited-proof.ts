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
  /** Of which place in the log, where what waits has an order: the time begins anew with another. */
  readonly place?: number | undefined;
  /** What comes of it that no checkpoint covers what the hub shows: plain words. */
  readonly consequence: string;
}

/** A proof that does not come in time is an alarm (CLI-86). */
export async function noteAwaited(transaction: Transaction, clock: Clock, awaited: Awaited): Promise<void> {
  const { key, isWaiting, place, consequence } = awaited;
  const noted = await transaction.getJson<{ since: number; place?: number }>(key);
  if (!isWaiting) transaction.delete(key);
  else if (noted === undefined || noted.place !== place) transaction.putJson(key, { since: clock.now(), place });
  else if (clock.now() - noted.since > DEADLINE_MS) await raiseAlarm(transaction, clock, breach('CLI-86', consequence));
}
