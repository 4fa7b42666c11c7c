import { type ChannelId, type Clock, type LiaisonError, timestampOf } from '#liaison/protocol';
import type { Alarm } from './alarm.js';
import { KEYS } from './keys.js';
import type { Transaction } from './transaction.js';

/** Stores and tells an alarm, once for each check and place. @returns whether it is new. */
export async function raiseAlarm(
  transaction: Transaction,
  clock: Clock,
  error: LiaisonError,
  where: { readonly channel?: ChannelId; readonly seq?: number } = {},
): Promise<boolean> {
  const check = error.details.check ?? 'CLI-03';
  const key = KEYS.alarm(where.channel ?? 'hub', check, where.seq ?? 0);
  if ((await transaction.get(key)) !== undefined) return false;
  const alarm: Alarm = { check, message: error.message, at: timestampOf(clock), ...where };
  transaction.putJson(key, alarm);
  transaction.tell({ type: 'alarm', alarm });
  return true;
}
