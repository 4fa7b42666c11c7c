import type { ChannelId, DeviceAddress, HistoryPage, RecordId } from '#liaison/protocol';
import type { OutboxItem } from '../views.js';
import type { AskedHistory } from './history-keys.js';

/** What of a channel's past is given: all that the rules allow, what was stored from a time on, or single records. */
export interface HistoryGift {
  readonly to: DeviceAddress;
  /** Default: every channel that the request names and this device holds. */
  readonly channel?: ChannelId;
  /** Milliseconds since 1970. */
  readonly from?: number;
  /** These and what was said of them; with `channel`. */
  readonly records?: readonly RecordId[];
  /** Default: the request's. */
  readonly purpose?: string;
  readonly onProgress?: (progress: HistoryProgress) => void;
}

export interface HistoryProgress {
  readonly channel: ChannelId;
  /** Last place that was looked at, of those before `before`. */
  readonly through: number;
  readonly before: number;
  readonly given: number;
  readonly withheld: number;
}

/** What was given of one channel. */
export interface GivenHistory {
  readonly channel: ChannelId;
  readonly given: number;
  readonly withheld: number;
}

/** What this device has of a channel's past that was given to it. */
export interface HistoryView {
  readonly channel: ChannelId;
  readonly request: RecordId;
  readonly by: DeviceAddress;
  /** Keys that came. */
  readonly given: number;
  /** Of which the records are still to be fetched, or judged. */
  readonly waiting: number;
  readonly withheld: readonly HistoryPage['withheld'][number][];
  readonly gaps: HistoryPage['gaps'];
  /** False while pages are still to come. */
  readonly complete: boolean;
}

/** The past of channels, for who was not there: docs/spec/history.md. */
export interface ClientHistory {
  /**
   * Asks colleagues in the home channel, or the members of one channel, for what this device lacks.
   * @throws LiaisonError `not-found` without a home channel, `usage` where nothing is missing.
   */
  request(asking: { readonly purpose: string; readonly channel?: ChannelId }): Promise<OutboxItem>;
  /** What others have asked for, the newest of each device. */
  asked(): Promise<readonly AskedHistory[]>;
  /** Gives what rules and marks allow, page by page; begun again after a crash, it goes on where it was. @throws LiaisonError `not-found` where the device has not asked. */
  grant(gift: HistoryGift): Promise<readonly GivenHistory[]>;
  received(): Promise<readonly HistoryView[]>;
}
