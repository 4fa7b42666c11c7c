import { type ChannelEvent, type ChannelId, type ChannelSummary, type LiaisonError } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { ChannelReading, type Reading } from './channel-reading.js';
import { beginChannel, type ChannelState } from './channel-state.js';
import type { Device } from './device.js';
import { readEvents } from './event-reader.js';
import { noteReadToEnd } from './event-time.js';
import type { FreshTrust } from './fresh-trust.js';
import type { Hub } from './hub.js';
import { JudgedByOldTrust } from './old-trust.js';
import { isPassing } from './passing-fault.js';
import { breakPromises } from './receipts.js';
import type { TrustKeeper } from './trust-keeper.js';
import { waitedTooLong, waitsForTrust } from './waiting-for-trust.js';

const PAGE = 200;

/** When the hub was asked for events, and where it said that the channel ends. */
interface Page {
  readonly askedAt: number;
  readonly lastSeq: number;
}

/** `gap` where some before them are missing: fetch. */
interface Read {
  readonly reading: Reading;
  readonly end: 'complete' | 'gap';
}

/** Where the hub says that the channels of this device end. */
export interface ChannelEnds {
  /** When the hub was asked, in milliseconds since 1970. */
  readonly askedAt: number;
  readonly channels: readonly ChannelSummary[];
  readonly lastSeqs: ReadonlyMap<ChannelId, number>;
}

/** Fetches what the hub has and reads it, page by page, each page in one transaction. */
export class Synchroniser {
  readonly #looked = new Set<ChannelId>();
  readonly #running = new Map<ChannelId, Promise<void>>();

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly fresh: FreshTrust,
  ) {}

  /** Brings one channel up to where the hub says it is, as of now or later: runs of one channel follow each other. */
  async channel(id: ChannelId): Promise<Reading> {
    const before = this.#running.get(id) ?? Promise.resolve();
    const run = before.then(() => this.#fetchAll(id));
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(id, settled);
    return run.finally(() => {
      if (this.#running.get(id) === settled) this.#running.delete(id);
    });
  }

  /**
   * Whether the channel was read to its end since this client began. Until then its store may be an older copy, put back,
   * that does not know which keys it has used.
   */
  hasLooked(id: ChannelId): boolean {
    return this.#looked.has(id);
  }

  /** Events that were pushed, or fetched, which `page` tells of. What the known roster or lists refuse is judged once more by the newest. */
  async read(id: ChannelId, events: readonly ChannelEvent[], page?: Page): Promise<Read> {
    try {
      return await this.#read(id, events, page);
    } catch (error) {
      if (!(error instanceof JudgedByOldTrust)) throw error;
      await this.refreshForJudgement(id);
      return this.#read(id, events, page, true);
    }
  }

  /** While the hub is away for these alone, nothing more of the channel is read, which is told in time. */
  async refreshForJudgement(id: ChannelId): Promise<void> {
    try {
      await this.fresh.refreshForJudgement();
    } catch (error) {
      if (isPassing(error)) await this.#noteWaiting(id);
      throw error;
    }
  }

  async #noteWaiting(id: ChannelId): Promise<void> {
    const now = this.device.clock.now();
    const state = await this.device.transact(async (transaction) => {
      const channel = await this.book.find(transaction, id);
      if (channel === undefined) return undefined;
      channel.state = waitsForTrust(channel.state, now);
      this.book.save(transaction, channel);
      return channel.state;
    });
    const fault = state === undefined ? undefined : waitedTooLong(state, now);
    if (state !== undefined && fault !== undefined) await this.#alarm(id, { error: fault, seq: state.seq + 1 });
  }

  async #read(id: ChannelId, events: readonly ChannelEvent[], page?: Page, trustIsFresh = false): Promise<Read> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.find(transaction, id);
      if (channel === undefined) return { reading: nothing(), end: 'gap' };
      const trust = await this.trust.current(transaction);
      const reading = new ChannelReading(this.device, trust, transaction, channel, trustIsFresh);
      const before = channel.state;
      const end = await readEvents(reading, events);
      if (page !== undefined && channel.state.seq >= page.lastSeq) noteReadToEnd(reading, page.askedAt);
      if (channel.state !== before) this.book.save(transaction, channel);
      return { reading: reading.report, end };
    });
  }

  /** Asks the hub where all channels of this device end. */
  async ends(): Promise<ChannelEnds> {
    const askedAt = this.device.clock.now();
    const { channels } = await this.hub.call('listChannels');
    return { askedAt, channels, lastSeqs: new Map(channels.map(({ id, lastSeq }) => [id, lastSeq])) };
  }

  /** As {@link channel}; no call is made for a channel that ends where this device stands. */
  async channelUpTo(id: ChannelId, { askedAt, lastSeqs }: ChannelEnds): Promise<Reading> {
    const lastSeq = lastSeqs.get(id);
    const state = await this.state(id);
    if (state === undefined || lastSeq !== state.seq || isPromisedMore(state, lastSeq)) return this.channel(id);
    await this.read(id, [], { askedAt, lastSeq });
    this.#looked.add(id);
    return nothing();
  }

  /** The channels that the hub knows of and shows to this device. */
  async readable(): Promise<ChannelId[]> {
    const states = await this.device.transact((transaction) => this.book.states(transaction));
    return states
      .filter(({ creating, membership }) => creating === undefined && membership !== 'removed')
      .map(({ id }) => id);
  }

  /** Channels that the hub lists and this device knows nothing of: it lost its state, or a Welcome is on its way. */
  async noteUnknown(summaries: readonly ChannelSummary[]): Promise<void> {
    for (const { id, from, until } of summaries) {
      const known = await this.state(id);
      if (known !== undefined || until !== undefined) continue;
      const detail = await this.hub.call('getChannel', { params: { channel: id } });
      await this.device.transact(async (transaction) => {
        if ((await this.book.find(transaction, id)) !== undefined) return;
        const { profile, epoch } = detail;
        const state = beginChannel({ id, profile, epoch, from, membership: 'lost', epochAuthenticator: '' });
        this.book.save(transaction, { state, group: undefined });
      });
    }
  }

  async state(id: ChannelId): Promise<ChannelState | undefined> {
    return this.device.transact(async (transaction) => (await this.book.find(transaction, id))?.state);
  }

  async #fetchAll(id: ChannelId): Promise<Reading> {
    const total = nothing();
    for (let before = await this.state(id); before !== undefined && before.membership !== 'removed';) {
      const askedAt = this.device.clock.now();
      const page = await this.hub.call('listEvents', {
        params: { channel: id },
        query: { after: before.seq, limit: PAGE },
      });
      const { reading, end } = await this.read(id, page.events, { askedAt, lastSeq: page.lastSeq });
      add(total, reading);
      total.alarms += await this.#breakPromises(id, before, page.lastSeq);
      if (page.lastSeq < before.seq) await this.#noteSetBack(id);
      const after = await this.state(id);
      const fault = after === undefined ? undefined : pageFault(after, before, page, end);
      if (fault !== undefined) total.alarms += await this.#alarm(id, fault);
      if (after === undefined || after.seq === before.seq || after.seq >= page.lastSeq) break;
      before = after;
    }
    this.#looked.add(id);
    return total;
  }

  /** What comes there later may stand at places that this device knows otherwise. */
  async #noteSetBack(id: ChannelId): Promise<void> {
    if ((await this.state(id))?.setBack === true) return;
    await this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      this.book.save(transaction, { ...channel, state: { ...channel.state, setBack: true } });
    });
  }

  /** Whatever was confirmed before the hub was asked is a place that it has to know of. */
  async #breakPromises(id: ChannelId, state: ChannelState, lastSeq: number): Promise<number> {
    if (!isPromisedMore(state, lastSeq)) return 0;
    const { expected } = state;
    return this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      const alarms = await breakPromises({ device: this.device, transaction, channel }, expected, lastSeq);
      this.book.save(transaction, channel);
      return alarms;
    });
  }

  async #alarm(id: ChannelId, fault: { readonly error: LiaisonError; readonly seq: number }): Promise<number> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      if (channel.state.standing === 'good') {
        channel.state = { ...channel.state, standing: 'in-dispute' };
        this.book.save(transaction, channel);
      }
      return (await raiseAlarm(transaction, this.device.clock, fault.error, { channel: id, seq: fault.seq })) ? 1 : 0;
    });
  }

  /** Moves the durable cursor: a courtesy to the senders, of no consequence for what this device reads. */
  async moveCursor(id: ChannelId): Promise<void> {
    const state = await this.state(id);
    if (state === undefined || state.membership === 'removed' || state.seq === 0) return;
    await this.hub.call('putCursor', { params: { channel: id }, body: { seq: state.seq } });
  }
}

function isPromisedMore({ expected }: ChannelState, lastSeq: number): boolean {
  return Object.keys(expected).some((seq) => Number(seq) > lastSeq);
}

function pageFault(
  after: ChannelState,
  before: ChannelState,
  page: { readonly events: readonly ChannelEvent[]; readonly lastSeq: number },
  end: 'complete' | 'gap',
): { readonly error: LiaisonError; readonly seq: number } | undefined {
  if (after.membership === 'removed') return undefined;
  if (page.lastSeq < before.seq) {
    return { error: breach('CLI-47', `It says ${page.lastSeq}; this device has read ${before.seq}.`), seq: before.seq };
  }
  const missing = { error: breach('CLI-04', `Missing: place ${after.seq + 1}.`), seq: after.seq + 1 };
  if (end === 'gap') return missing;
  return after.seq === before.seq && page.lastSeq > after.seq ? missing : undefined;
}

export function nothing(): Reading {
  return { records: 0, failures: 0, alarms: 0 };
}

export function add(total: Reading, part: Reading): void {
  total.records += part.records;
  total.failures += part.failures;
  total.alarms += part.alarms;
}
