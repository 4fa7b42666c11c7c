import { sha256 } from '#liaison/crypto';
import { type ChannelId, type Clock, LiaisonError, timestampOf, toHex, utf8 } from '#liaison/protocol';
import type { Alarm, AlarmSettlement, SettledAlarm } from './alarm.js';
import { KEYS } from './keys.js';
import { jsonOf, type Transaction } from './transaction.js';

/** Alarms of one check in one channel: more say nothing new, and must not fill the store. */
const MOST_ALIKE = 50;

/**
 * Stores and tells an alarm, once for each check and place; one that is of no channel once for each text. Beyond
 * {@link MOST_ALIKE} of one check and channel, one last alarm counts the others. @returns whether it is new.
 */
export async function raiseAlarm(
  transaction: Transaction,
  clock: Clock,
  error: LiaisonError,
  where: { readonly channel?: ChannelId; readonly seq?: number } = {},
): Promise<boolean> {
  const check = error.details.check ?? 'CLI-03';
  const key = KEYS.alarm(where.channel, check, where.channel === undefined ? textOf(error) : (where.seq ?? 0));
  if ((await transaction.get(key)) !== undefined) return false;
  const alarm: Alarm = { id: idOf(key), check, message: error.message, at: timestampOf(clock), ...where };
  const alike = await transaction.count(KEYS.alarmsOf(where.channel, check), MOST_ALIKE);
  if (alike >= MOST_ALIKE) return countFurther(transaction, alarm);
  transaction.putJson(key, alarm);
  transaction.tell({ type: 'alarm', alarm });
  return true;
}

async function countFurther(transaction: Transaction, { check, channel, at }: Alarm): Promise<boolean> {
  const key = KEYS.furtherAlarms(channel, check);
  const before = (await transaction.getJson<Alarm>(key))?.further ?? 0;
  const message = `The same was noticed more often than ${MOST_ALIKE} times: the further ones are counted and not kept.`;
  const place = channel === undefined ? {} : { channel };
  const alarm: Alarm = { id: idOf(key), check, message, at, ...place, further: before + 1 };
  transaction.putJson(key, alarm);
  if (before === 0) transaction.tell({ type: 'alarm', alarm });
  return before === 0;
}

/** Alarms that no officer has settled. */
export async function openAlarms(transaction: Transaction, channel?: ChannelId): Promise<Alarm[]> {
  const prefix = channel === undefined ? KEYS.alarms : `${KEYS.alarms}${channel}/`;
  return (await transaction.stored(prefix)).map(({ key, value }) => ({ ...(jsonOf(value) as Alarm), id: idOf(key) }));
}

export async function settledAlarms(transaction: Transaction): Promise<SettledAlarm[]> {
  return (await transaction.stored(KEYS.settledAlarms)).map(({ value }) => jsonOf(value) as SettledAlarm);
}

/** Moves it into the history, so that the same breach, should it come again, is an alarm again. @throws LiaisonError `not-found`. */
export async function settleAlarm(transaction: Transaction, id: string, settled: AlarmSettlement): Promise<Alarm> {
  const found = (await transaction.stored(KEYS.alarms)).find(({ key }) => idOf(key) === id);
  if (found === undefined) throw new LiaisonError('not-found', 'There is no such alarm, or it is settled already.');
  const alarm = { ...(jsonOf(found.value) as Alarm), id };
  transaction.delete(found.key);
  transaction.putJson(KEYS.settledAlarm(settled.at, id), { ...alarm, settled } satisfies SettledAlarm);
  return alarm;
}

function idOf(key: string): string {
  return toHex(sha256(utf8(key)).subarray(0, 8));
}

function textOf({ message }: LiaisonError): string {
  return toHex(sha256(utf8(message)).subarray(0, 8));
}
