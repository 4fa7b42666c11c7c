import { sign } from '#liaison/crypto';
import {
  type ChannelId,
  type ExportedEvent,
  exportedSignedBytes,
  LIMITS,
  type OpenedEvent,
  openedSignedBytes,
  type OpenedReceipt,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { jsonOf } from '../transaction.js';

interface Named {
  readonly channel: ChannelId;
  readonly record: RecordId;
}
type Statement = OpenedEvent | ExportedEvent;

/** What an officer did with records: signed at once, offline too, and told to the log with the next sync. */
export class RecordStatements {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
  ) {}

  /** Durable on return. @param opened with `purpose` where the officer was asked why. */
  async opened(opened: Named & { readonly purpose?: string }): Promise<void> {
    const { address, key, clock } = this.device;
    const said = { ...opened, at: timestampOf(clock) };
    const signature = toBase64url(sign('record-opened', openedSignedBytes(address, said), key));
    await this.#queue(KEYS.openedEvent(said.at, said.record), { ...said, signature });
  }

  /** Durable on return. */
  async exported(exported: Named & { readonly authority: string; readonly purpose: string }): Promise<void> {
    const { address, key, clock } = this.device;
    const said = { ...exported, at: timestampOf(clock) };
    const signature = toBase64url(sign('record-exported', exportedSignedBytes(address, said), key));
    await this.#queue(KEYS.exportedEvent(said.at, said.record), { ...said, signature });
  }

  waiting(): Promise<number> {
    return this.device.transact(async (transaction) => {
      const opened = await transaction.stored(KEYS.openedEvents);
      return opened.length + (await transaction.stored(KEYS.exportedEvents)).length;
    });
  }

  /** The same event may be sent twice, where an answer was lost: it is logged once. @throws LiaisonError `integrity` CLI-03. */
  async send(): Promise<void> {
    await this.#sendAll(KEYS.openedEvents, (events) => this.hub.call('reportOpened', { body: { events: events } }));
    await this.#sendAll(KEYS.exportedEvents, (events) =>
      this.hub.call('reportExported', { body: { events: events as ExportedEvent[] } }),
    );
  }

  #queue(key: string, event: Statement): Promise<void> {
    return this.device.transact((transaction) => {
      transaction.putJson(key, event);
      return Promise.resolve();
    });
  }

  /** What lies under a prefix is all of one sort. */
  async #sendAll(prefix: string, report: (events: Statement[]) => Promise<OpenedReceipt>): Promise<void> {
    for (;;) {
      const stored = await this.device.transact((transaction) =>
        transaction.stored(prefix, { limit: LIMITS.openedEventsPerCall }),
      );
      if (stored.length === 0) return;
      const events = stored.map(({ value }) => jsonOf(value) as Statement);
      const receipt = await report(events);
      if (receipt.events.length !== events.length) throw breach('CLI-03', 'Call: what was done with records.');
      await this.#settle(
        stored.map(({ key }) => key),
        events,
        receipt,
      );
    }
  }

  async #settle(keys: readonly string[], events: readonly Statement[], receipt: OpenedReceipt): Promise<void> {
    await this.device.transact(async (transaction) => {
      for (const [index, key] of keys.entries()) {
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
