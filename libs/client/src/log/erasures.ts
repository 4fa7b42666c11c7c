import { sign } from '#liaison/crypto';
import {
  type ChannelId,
  erasureSignedBytes,
  LiaisonError,
  LIMITS,
  type RecordErasure,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { ChannelBook } from '../channel-book.js';
import { holdsIn } from '../custody/known-hold.js';
import type { Device } from '../device.js';
import { type AwaitedErasure, requireLawfulErasure } from '../erased-record.js';
import { cardOfBreach, cardOfErasure, type FailureCard } from '../failure-card.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../record-reader.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ErasedRecord } from './client-log.js';
import type { LogKeeper } from './log-keeper.js';
import { type LoggedAct, ProvedActs } from './proved-acts.js';

export interface ErasureParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly book: ChannelBook;
  readonly trust: TrustKeeper;
  readonly keeper: LogKeeper;
  /** Follows the holds. @returns false while one that the hub shows is not proved. */
  readonly areHoldsKnown: () => Promise<boolean>;
}

/** A hub that counts on without end is left until the next round. */
const MOST_PAGES = 50;
/** The log signs at least once a second; after so long without a proof the hub does not mean to give one. */
const DEADLINE_MS = 5 * 60 * 1000;

/** Has records erased, and erases here what others had erased: once the log is proved to hold the order, after all holds that are known. */
export class Erasures {
  constructor(private readonly parts: ErasureParts) {}

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
    const acts = new ProvedActs(this.parts.keeper);
    await this.#settleRead(acts);
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { device, hub, areHoldsKnown } = this.parts;
      const from =
        (await device.transact((transaction) => transaction.getJson<{ next: number }>(KEYS.erasures)))?.next ?? 0;
      const { erasures } = await hub.call('listErasures', { query: { from } });
      requireOrder(erasures, from);
      if (erasures.length === 0 || !(await areHoldsKnown())) return;
      const proved = await this.#proved(acts, erasures);
      await device.transact(async (transaction) => {
        for (const each of proved) await this.#apply(transaction, each);
        // This device's own orders are its own will: they need no proof, but for others' eyes.
        for (const erasure of erasures.slice(proved.length))
          if (erasure.device === device.address) await this.#apply(transaction, { erasure });
        const last = proved.at(-1);
        if (last !== undefined) transaction.putJson(KEYS.erasures, { next: last.erasure.index + 1 });
      });
      if (proved.length < erasures.length) return;
    }
  }

  /** In their order, up to the first that no checkpoint covers, or that the log does not hold: that is an alarm. */
  async #proved(acts: ProvedActs, erasures: readonly RecordErasure[]): Promise<ProvedErasure[]> {
    const proved: ProvedErasure[] = [];
    for (const erasure of erasures) {
      const logged = await this.#find(acts, erasure);
      if (logged === undefined || logged instanceof LiaisonError) break;
      proved.push({ erasure, ...logged });
    }
    return proved;
  }

  async #find(acts: ProvedActs, erasure: RecordErasure): Promise<LoggedAct | LiaisonError | undefined> {
    const { device } = this.parts;
    const { channel, record, device: actor, signature } = erasure;
    try {
      const details = { signature };
      return await acts.find(erasure, { type: 'record.erased', subject: { channel, record }, actor, details });
    } catch (fault) {
      if (!(fault instanceof LiaisonError) || fault.code !== 'integrity') throw fault;
      await device.transact((transaction) => raiseAlarm(transaction, device.clock, fault, { channel }));
      return fault;
    }
  }

  /** Of what was gone before this device read it, the order was judged by the hub's word on its place: now by the log. */
  async #settleRead(acts: ProvedActs): Promise<void> {
    const { device, areHoldsKnown } = this.parts;
    const awaited = await device.transact((transaction) =>
      transaction.stored(KEYS.erasuresAwaited, { limit: LIMITS.erasuresPerCall }),
    );
    if (awaited.length === 0 || !(await areHoldsKnown())) return;
    for (const { key, value } of awaited) {
      const { erasure, storedAt, since } = jsonOf(value) as AwaitedErasure;
      const isLate = device.clock.now() - since > DEADLINE_MS;
      const logged =
        (await this.#find(acts, erasure)) ?? (isLate ? breach('CLI-86', 'No checkpoint covers it.') : undefined);
      if (logged === undefined) continue;
      await device.transact(async (transaction) => {
        transaction.delete(key);
        await this.#judgeRead(transaction, { erasure, storedAt }, logged);
      });
    }
  }

  async #judgeRead(
    transaction: Transaction,
    { erasure, storedAt }: { readonly erasure: RecordErasure; readonly storedAt: string },
    logged: LoggedAct | LiaisonError,
  ): Promise<void> {
    const { channel, seq } = erasure;
    const stored = await transaction.getJson<StoredRecord>(KEYS.record(channel, seq));
    if (stored?.outcome !== 'failed' || stored.header === undefined) return;
    const grounds = { erasure, header: stored.header, storedAt };
    const fault = logged instanceof LiaisonError ? logged : await this.#faultOf(transaction, grounds, logged);
    if (fault === undefined) return;
    await raiseAlarm(transaction, this.parts.device.clock, fault, { channel, seq });
    this.#store(transaction, channel, { ...stored, card: cardOfBreach(fault) });
  }

  async #faultOf(
    transaction: Transaction,
    grounds: Pick<Parameters<typeof requireLawfulErasure>[0], 'erasure' | 'header' | 'storedAt'>,
    { loggedAt }: LoggedAct,
  ): Promise<LiaisonError | undefined> {
    const { book, trust } = this.parts;
    const { channel } = grounds.erasure;
    const state = (await book.find(transaction, channel))?.state;
    if (state === undefined) return breach('CLI-77', 'The channel is not known.');
    try {
      const [current, holds] = [await trust.current(transaction), await holdsIn(transaction, channel)];
      requireLawfulErasure({ ...grounds, profile: state.profile, trust: current, holds, loggedAt });
      return undefined;
    } catch (cause) {
      return asBreach('CLI-77', cause);
    }
  }

  async #apply(transaction: Transaction, { erasure, loggedAt }: ProvedErasure): Promise<void> {
    const { device } = this.parts;
    const { channel, record } = erasure;
    const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
    const stored = place && (await transaction.getJson<StoredRecord>(KEYS.record(channel, place.seq)));
    if (place === undefined || stored?.outcome !== 'opened') return;
    const { header, storedAt } = stored.record;
    const grounds = { erasure, header, storedAt };
    const fault = await this.#faultOf(transaction, grounds, loggedAt === undefined ? {} : { loggedAt });
    if (fault !== undefined) {
      await raiseAlarm(transaction, device.clock, fault, { channel, seq: place.seq });
      return;
    }
    this.#store(transaction, channel, { seq: place.seq, header, card: cardOfErasure(erasure) });
  }

  #store(
    transaction: Transaction,
    channel: ChannelId,
    { seq, header, card }: Pick<Extract<StoredRecord, { outcome: 'failed' }>, 'seq' | 'header'> & { card: FailureCard },
  ): void {
    const erased: StoredRecord = { outcome: 'failed', seq, card, ...(header && { header }) };
    transaction.putJson(KEYS.record(channel, seq), erased);
    transaction.tell({ type: 'failure', channel, seq, card });
  }
}

interface ProvedErasure extends LoggedAct {
  readonly erasure: RecordErasure;
}

/** @throws LiaisonError `integrity` CLI-03: places go up, from where was asked. */
function requireOrder(erasures: readonly RecordErasure[], from: number): void {
  let last = from - 1;
  for (const { index } of erasures) {
    if (index <= last) throw breach('CLI-03', 'Call: listErasures.');
    last = index;
  }
}
