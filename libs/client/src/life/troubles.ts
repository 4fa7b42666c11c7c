import type { DeviceAddress } from '#liaison/protocol';
import type { Alarm } from '../alarm.js';
import { openAlarms } from '../alarms.js';
import type { ChannelState } from '../channel-state.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import type { Transaction } from '../transaction.js';
import type { Trouble } from './client-life.js';

/** What the hub alone can do: whose record stands at the place has no part in it. */
const OF_THE_HUB: ReadonlySet<string> = new Set(
  '04 05 43 47 73 74 75 76 77 78 82 84 86'.split(' ').map((number) => `CLI-${number}`),
);

/** The open alarms of a channel, with whoever stands behind the place that each is about. */
export async function troublesOf(
  transaction: Transaction,
  state: ChannelState,
  own: DeviceAddress,
): Promise<Trouble[]> {
  const alarms = await openAlarms(transaction, state.id);
  return Promise.all(
    alarms.map(async (alarm) => {
      const by = OF_THE_HUB.has(alarm.check) ? undefined : await whose(transaction, state, alarm);
      return { ...alarm, ...(by !== undefined && by !== own && { by }) };
    }),
  );
}

async function whose(
  transaction: Transaction,
  { id, refusedCommit }: ChannelState,
  { seq }: Alarm,
): Promise<DeviceAddress | undefined> {
  if (seq === undefined) return undefined;
  if (refusedCommit?.seq === seq) return refusedCommit.by;
  const stored = await transaction.getJson<StoredRecord>(KEYS.record(id, seq));
  return stored?.outcome === 'opened' ? stored.record.sender : stored?.header?.sender;
}
