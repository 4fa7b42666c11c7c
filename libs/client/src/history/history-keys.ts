import type { ChannelId, DeviceAddress, HistoryPage, HistoryRequestBody, RecordId } from '#liaison/protocol';

/** Where what concerns history lies in the store. */
export const HISTORY_KEYS = {
  /** Of this device: the private key that the answers are sealed to. */
  request: (request: RecordId) => `history/request/${request}`,
  requests: 'history/request/',
  /** Of others, in the order in which they were made: ids of records begin with the time. */
  askedBy: (device: DeviceAddress) => `history/asked/${device}/`,
  asked: 'history/asked/',
  askedFor: (device: DeviceAddress, request: RecordId) => `history/asked/${device}/${request}`,
  /** Keys whose records are still to be fetched. */
  expected: 'history/expected/',
  expectedIn: (channel: ChannelId) => `history/expected/${channel}/`,
  expectedAt: (channel: ChannelId, seq: number) => `history/expected/${channel}/${padded(seq)}`,
  /** What was not given, and why, by place. */
  withheldIn: (channel: ChannelId) => `history/withheld/${channel}/`,
  withheldAt: (channel: ChannelId, seq: number) => `history/withheld/${channel}/${padded(seq)}`,
  /** What came on a request, by channel. */
  received: 'history/received/',
  receivedIn: (request: RecordId, channel: ChannelId) => `history/received/${channel}/${request}`,
  /** How far a grant has got that is not finished. */
  progress: (request: RecordId, channel: ChannelId, choice: string) =>
    `history/progress/${request}/${channel}/${choice}`,
} as const;

function padded(number: number): string {
  return String(number).padStart(16, '0');
}

/** A request of this device. */
export interface OwnRequest {
  readonly v: 1;
  readonly id: RecordId;
  readonly carrier: ChannelId;
  /** base64url. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly purpose: string;
  readonly at: string;
  readonly lacks: HistoryRequestBody['lacks'];
}

/** A request of another device. */
export interface AskedHistory {
  readonly v: 1;
  readonly id: RecordId;
  readonly carrier: ChannelId;
  readonly device: DeviceAddress;
  readonly key: string;
  readonly purpose: string;
  readonly at: string;
  readonly lacks: HistoryRequestBody['lacks'];
}

/** A key that came, before its record did. */
export interface ExpectedRecord {
  readonly v: 1;
  readonly record: RecordId;
  readonly seq: number;
  readonly contentKey: string;
  readonly headerHash: string;
  readonly bodyHash: string;
  /** SHA-256 of the sender's certificate. */
  readonly certificate: string;
  readonly request: RecordId;
  readonly by: DeviceAddress;
  /** Ed25519 of the device that gave it, base64url. */
  readonly giverKey: string;
}

/** What came of one request for one channel. */
export interface ReceivedHistory {
  readonly v: 1;
  readonly request: RecordId;
  readonly channel: ChannelId;
  readonly by: DeviceAddress;
  readonly keys: number;
  readonly withheld: number;
  readonly gaps: HistoryPage['gaps'];
  readonly complete: boolean;
}
