import { sign } from '#liaison/crypto';
import {
  LIMITS,
  type OpenedEvent,
  openedSignedBytes,
  type RecordId,
  timestampOf,
  toBase64url,
  type ChannelId,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { jsonOf } from '../transaction.js';

/** What an officer opened: signed at once, offline too, and told to the log with the next sync. */
export class OpenedEvents {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
  ) {}

  /** Durable on return. @param purpose why, where the officer was asked. */
  async queue(opened: {
    readonly channel: ChannelId;
    readonly record: RecordId;
    readonly purpose?: string;
  }): Promise<void> {
    const { address, key, clock } = this.device;
    const unsigned = { ...opened, at: timestampOf(clock) };
    const signature = toBase64url(sign('record-opened', openedSignedBytes(address, unsigned), key));
    const event: OpenedEvent = { ...unsigned, signature };
    await this.device.transact((transaction) => {
      transaction.putJson(KEYS.openedEvent(event.at, event.record), event);
      return Promise.resolve();
    });
  }

  waiting(): Promise<number> {
    return this.device.transact(async (transaction) => (await transaction.stored(KEYS.openedEvents)).length);
  }

  /** The same event may be sent twice, where an answer was lost: it is logged once. @throws LiaisonError `integrity` CLI-03. */
  async send(): Promise<void> {
    for (;;) {
      const stored = await this.device.transact((transaction) =>
        transaction.stored(KEYS.openedEvents, { limit: LIMITS.openedEventsPerCall }),
      );
      if (stored.length === 0) return;
      const events = stored.map(({ value }) => jsonOf(value) as OpenedEvent);
      const receipt = await this.hub.call('reportOpened', { body: { events } });
      if (receipt.events.length !== events.length) throw breach('CLI-03', 'Call: reportOpened.');
      await this.device.transact(async (transaction) => {
        for (const [index, { key }] of stored.entries()) {
          const answer = receipt.events[index];
          transaction.delete(key);
          if (answer === undefined || !('refused' in answer)) continue;
          const channel = events[index]?.channel;
          const where = channel === undefined ? {} : { channel };
          await raiseAlarm(transaction, this.device.clock, breach('CLI-76', `Its check: ${answer.refused}.`), where);
        }
      });
    }
  }
}
