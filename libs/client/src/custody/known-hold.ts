import { type ChannelId, type LegalHold, wasInForce } from '#liaison/protocol';
import { KEYS } from '../keys.js';
import { jsonOf, type Transaction } from '../transaction.js';

type Placed = Omit<LegalHold, 'entry' | 'lift'>;
type Lifted = Omit<NonNullable<LegalHold['lift']>, 'entry'> & {
  /** Absent of what this device lifted itself and the log has not been proved to hold yet. */
  readonly proved?: true;
};

/** A hold as this device keeps it. */
export type KnownHold = Placed & {
  /** Absent of what this device placed itself and the log has not been proved to hold yet. */
  readonly proved?: true;
  readonly lift?: Lifted;
};

export async function holdsIn(transaction: Transaction, channel?: ChannelId): Promise<KnownHold[]> {
  const stored = await transaction.entries(channel === undefined ? KEYS.holds : KEYS.holdsOf(channel));
  return stored.map(({ value }) => jsonOf(value) as KnownHold);
}

/** Whether it forbids what stands at a place of the log. What is not proved is taken the stricter way: the hub must not gain by that. */
export function forbids({ index, proved, lift }: KnownHold, at: number): boolean {
  return wasInForce({ index: proved === true ? index : -1, lift: lift?.proved === true ? lift : undefined }, at);
}
