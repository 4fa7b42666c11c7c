import type { ClientParts } from '../client-parts.js';
import type { Device } from '../device.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { OutboxItem, RecordDraft } from '../views.js';
import type { ClientHistory, GivenHistory, HistoryGift, HistoryView } from './client-history.js';
import { HistoryGiving } from './giving.js';
import { type AskedHistory, HISTORY_KEYS, type ReceivedHistory } from './history-keys.js';
import { HistoryReceiving } from './receiving.js';
import { Requesting } from './requesting.js';

const MOST_SHOWN = 10_000;

/** See {@link ClientHistory} for the contract. */
export class DeviceHistory implements ClientHistory {
  readonly #device: Device;
  readonly #requesting: Requesting;
  readonly #giving: HistoryGiving;
  readonly #receiving: HistoryReceiving;

  constructor(
    parts: ClientParts,
    private readonly acts: {
      readonly send: (draft: RecordDraft) => Promise<OutboxItem>;
      /** Takes the outbox to the hub. */
      readonly submit: () => Promise<void>;
      /** A breach becomes an alarm and is still an error for the caller. */
      readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
    },
  ) {
    this.#device = parts.device;
    this.#requesting = new Requesting(parts.device, parts.book);
    this.#giving = new HistoryGiving({ ...parts, submit: acts.submit });
    this.#receiving = new HistoryReceiving(parts);
  }

  async request(asking: Parameters<ClientHistory['request']>[0]): Promise<OutboxItem> {
    return this.acts.send(await this.#requesting.draft(asking));
  }

  asked(): Promise<readonly AskedHistory[]> {
    return this.#device.transact(async (transaction) => {
      const entries = await transaction.stored(HISTORY_KEYS.asked);
      const newest = new Map(
        entries.map(({ value }) => jsonOf(value) as AskedHistory).map((each) => [each.device, each]),
      );
      return [...newest.values()];
    });
  }

  grant(gift: HistoryGift): Promise<readonly GivenHistory[]> {
    return this.acts.guarded(() => this.#giving.give(gift));
  }

  received(): Promise<readonly HistoryView[]> {
    return this.#device.transact(async (transaction) => {
      const received = (await transaction.stored(HISTORY_KEYS.received)).map(
        ({ value }) => jsonOf(value) as ReceivedHistory,
      );
      return Promise.all(received.map((each) => viewOf(transaction, each)));
    });
  }

  /** Fetches the records whose keys have come. @returns how many were opened. */
  fetch(): Promise<number> {
    return this.acts.guarded(() => this.#receiving.fetch());
  }
}

async function viewOf(
  transaction: Transaction,
  { channel, request, by, keys, gaps, complete }: ReceivedHistory,
): Promise<HistoryView> {
  const withheld = await transaction.stored(HISTORY_KEYS.withheldIn(channel), { limit: MOST_SHOWN });
  return {
    channel,
    request,
    by,
    given: keys,
    waiting: await transaction.count(HISTORY_KEYS.expectedIn(channel), MOST_SHOWN),
    withheld: withheld.map(({ value }) => jsonOf(value) as HistoryView['withheld'][number]),
    gaps,
    complete,
  };
}
