import { type ChannelId, type DeviceAddress, type GrantedRecord, LiaisonError, LIMITS } from '#liaison/protocol';
import { asBreach, breach } from '../breach.js';
import { ChannelReading } from '../channel-reading.js';
import type { ClientParts } from '../client-parts.js';
import { LoggedEntries } from '../log/logged-entries.js';
import { jsonOf } from '../transaction.js';
import type { Fetched, Served } from './granted-record.js';
import { type ExpectedRecord, HISTORY_KEYS, type ReceivedHistory } from './history-keys.js';
import { takeGranted } from './take-granted.js';

export type ReceivingParts = Pick<ClientParts, 'device' | 'book' | 'trust' | 'hub' | 'keeper'>;

/** Fetches the records whose keys came, page by page: what a crash cut short is fetched again. */
export class HistoryReceiving {
  constructor(private readonly parts: ReceivingParts) {}

  /** @returns how many records were opened. */
  async fetch(): Promise<number> {
    let opened = 0;
    for (const channel of await this.#channels()) {
      const first = await this.#round(channel, false);
      opened += first.opened;
      // What consents may allow is judged once all of them are here.
      if (first.waiting > 0 && (await this.#isComplete(channel))) opened += (await this.#round(channel, true)).opened;
    }
    return opened;
  }

  #channels(): Promise<ChannelId[]> {
    return this.parts.device.transact(async (transaction) => {
      const channels: ChannelId[] = [];
      for (let after = ''; ;) {
        const [next] = await transaction.stored(HISTORY_KEYS.expected, { after, limit: 1 });
        const channel = next?.key.split('/')[2] as ChannelId | undefined;
        if (channel === undefined) return channels;
        channels.push(channel);
        // No place of a channel comes behind this.
        after = `${HISTORY_KEYS.expectedIn(channel)}~`;
      }
    });
  }

  #isComplete(channel: ChannelId): Promise<boolean> {
    return this.parts.device.transact(async (transaction) => {
      const received = await transaction.stored(`${HISTORY_KEYS.received}${channel}/`);
      return received.some(({ value }) => (jsonOf(value) as ReceivedHistory).complete);
    });
  }

  async #round(channel: ChannelId, isFinal: boolean): Promise<{ readonly opened: number; readonly waiting: number }> {
    const { device, keeper } = this.parts;
    const log = (await keeper.hasLog()) ? new LoggedEntries(keeper) : undefined;
    const total = { opened: 0, waiting: 0 };
    for (let after = ''; ;) {
      const range = { after, limit: LIMITS.grantedPerPage };
      const entries = await device.transact((transaction) =>
        transaction.stored(HISTORY_KEYS.expectedIn(channel), range),
      );
      const last = entries.at(-1);
      if (last === undefined) return total;
      const expected = entries.map(({ value }) => jsonOf(value) as ExpectedRecord);
      const served = await this.#served(channel, expected, log);
      const { opened, waiting } = await this.#take(channel, served, isFinal);
      total.opened += opened;
      total.waiting += waiting;
      after = last.key;
    }
  }

  /** What the hub serves of these, by whoever gave each. What it does not serve waits for another time. */
  async #served(
    channel: ChannelId,
    expected: readonly ExpectedRecord[],
    log: LoggedEntries | undefined,
  ): Promise<Fetched[]> {
    const fetched: Fetched[] = [];
    for (const by of new Set(expected.map((each) => each.by))) {
      const wanted = expected.filter((each) => each.by === by);
      const granted = await this.#granted(channel, by, wanted);
      for (const each of wanted) {
        const found = granted.get(each.seq);
        const served = found && (await withEntry({ expected: each, granted: found }, log));
        if (served !== undefined) fetched.push(served);
      }
    }
    return fetched;
  }

  async #granted(
    channel: ChannelId,
    by: DeviceAddress,
    wanted: readonly ExpectedRecord[],
  ): Promise<ReadonlyMap<number, GrantedRecord>> {
    const found = new Map<number, GrantedRecord>();
    const until = wanted.at(-1)?.seq ?? 0;
    for (let after = (wanted[0]?.seq ?? 1) - 1; after < until;) {
      const query = { by, after, limit: LIMITS.grantedPerPage };
      const page = await this.parts.hub.call('listGranted', { params: { channel }, query });
      const last = page.granted.at(-1)?.event.seq ?? after;
      if (page.more && last <= after) throw breach('CLI-03', 'Call: listGranted.');
      for (const granted of page.granted) found.set(granted.event.seq, granted);
      if (!page.more) break;
      after = last;
    }
    return found;
  }

  #take(
    channel: ChannelId,
    fetched: readonly Fetched[],
    isFinal: boolean,
  ): Promise<{ readonly opened: number; readonly waiting: number }> {
    const { device, book, trust } = this.parts;
    return device.transact(async (transaction) => {
      const known = await book.find(transaction, channel);
      if (known === undefined) return { opened: 0, waiting: 0 };
      const before = known.state;
      const reading = new ChannelReading(device, await trust.current(transaction), transaction, known);
      let waiting = 0;
      for (const each of fetched) if ((await takeGranted(reading, each, isFinal)) === 'waiting') waiting += 1;
      if (known.state !== before) book.save(transaction, known);
      return { opened: reading.report.records, waiting };
    });
  }
}

/** @returns nothing where the log does not cover the record yet: it waits for another time. */
async function withEntry(
  { expected, granted }: Omit<Served, 'entry'>,
  log: LoggedEntries | undefined,
): Promise<Fetched | undefined> {
  if (log === undefined) return { expected, granted, entry: undefined };
  try {
    return { expected, granted, entry: await log.require(granted.entry, granted.index) };
  } catch (cause) {
    if (cause instanceof LiaisonError && cause.code === 'try-again') return undefined;
    if (cause instanceof LiaisonError && cause.code !== 'integrity') throw cause;
    return { expected, granted, entry: undefined, fault: asBreach('CLI-97', cause) };
  }
}
