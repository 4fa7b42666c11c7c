import { type ContactPointId, timestampOf } from '#liaison/protocol';
import { openAlarms, settleAlarm } from './alarms.js';
import type { Device } from './device.js';
import type { Transaction } from './transaction.js';
import type { Trust } from './trust.js';

const CHECK = 'CLI-49';

/** Alarms that a revocation list is missing or overdue end by themselves once it has come: the history keeps them. */
export async function endLateListAlarms(transaction: Transaction, device: Device, trust: Trust): Promise<void> {
  const told = (await openAlarms(transaction)).filter(({ check }) => check === CHECK);
  if (told.length === 0) return;
  const { clock, address: by } = device;
  const late = trust.roster.contactPoints.filter(({ id }) => trust.freshnessFault(id, clock.now()) !== undefined);
  const settled = { at: timestampOf(clock), by, reason: 'Ended by itself: a list that is in force has come.' };
  // Those that are counted and not kept name nobody: they end with the last.
  for (const { id, message } of told)
    if (!late.some((point) => isAbout(message, point.id)) && (late.length === 0 || /Contact point /.test(message)))
      await settleAlarm(transaction, id, settled);
}

function isAbout(message: string, contactPoint: ContactPointId): boolean {
  return message.includes(`Contact point ${contactPoint}:`);
}
