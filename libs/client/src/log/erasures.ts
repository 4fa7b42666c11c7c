import { sign } from '#liaison/crypto';
import {
  type ChannelId,
  erasureSignedBytes,
  LIMITS,
  type RecordErasure,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { ChannelBook } from '../channel-book.js';
import { holdsIn } from '../custody/holds.js';
import type { Device } from '../device.js';
import { requireLawfulErasure } from '../erased-record.js';
import { cardOfErasure } from '../failure-card.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../record-reader.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ErasedRecord } from './client-log.js';

/** Has records erased, and erases here what others had erased. */
export class Erasures {
  constructor(
    private readonly parts: {
      readonly device: Device;
      readonly hub: Hub;
      readonly book: ChannelBook;
      readonly trust: TrustKeeper;
    },
  ) {}

  /** Orders it at the hub, then erases here too. */
  async order(channel: ChannelId, records: readonly RecordId[], purpose: string): Promise<ErasedRecord[]> {
    const { device, hub } = this.parts;
    const outcomes: ErasedRecord[] = [];
    for (let start = 0; start < records.length; start += LIMITS.erasuresPerCall) {
      const orders = records.slice(start, start + LIMITS.erasuresPerCall).map((record) => {
        const said = { record, at: timestampOf(device.clock), purpose };
        const signed = erasureSignedBytes(device.address, { channel, ...said });
        return { ...said, signature: toBase64url(sign('record-erasure', signed, device.key)) };
      });
      const receipt = await hub.call('eraseRecords', { params: { channel }, body: { orders } });
      if (receipt.orders.length !== orders.length) throw breach('CLI-03', 'Call: eraseRecords.');
      outcomes.push(
        ...receipt.orders.map(
          (outcome, place) => ({ record: orders[place]?.record ?? '', ...outcome }) as ErasedRecord,
        ),
      );
    }
    await this.follow();
    return outcomes;
  }

  /** Erases here what was erased since the last look. An order that is not lawful erases nothing, and is an alarm. */
  async follow(): Promise<void> {
    const { device, hub } = this.parts;
    for (;;) {
      const from =
        (await device.transact((transaction) => transaction.getJson<{ next: number }>(KEYS.erasures)))?.next ?? 0;
      const { erasures, next } = await hub.call('listErasures', { query: { from } });
      if (erasures.length === 0) return;
      if (next <= from) throw breach('CLI-03', 'Call: listErasures.');
      await device.transact(async (transaction) => {
        for (const erasure of erasures) await this.#apply(transaction, erasure);
        transaction.putJson(KEYS.erasures, { next });
      });
    }
  }

  async #apply(transaction: Transaction, erasure: RecordErasure): Promise<void> {
    const { device, book, trust } = this.parts;
    const { channel, record } = erasure;
    const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
    const stored = place && (await transaction.getJson<StoredRecord>(KEYS.record(channel, place.seq)));
    const state = (await book.find(transaction, channel))?.state;
    if (place === undefined || stored?.outcome !== 'opened' || state === undefined) return;
    const { header, storedAt } = stored.record;
    try {
      requireLawfulErasure({
        erasure,
        header,
        storedAt,
        profile: state.profile,
        trust: await trust.current(transaction),
        holds: await holdsIn(transaction, channel),
      });
    } catch (cause) {
      await raiseAlarm(transaction, device.clock, asBreach('CLI-77', cause), { channel, seq: place.seq });
      return;
    }
    const card = cardOfErasure(erasure);
    const erased: StoredRecord = { outcome: 'failed', seq: place.seq, header, card };
    transaction.putJson(KEYS.record(channel, place.seq), erased);
    transaction.tell({ type: 'failure', channel, seq: place.seq, card });
  }
}
