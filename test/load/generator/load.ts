import type { ConnectionAddress } from './socket-connection.js';
import type { Percentiles } from '../statistics.js';

/** What the generator is told of a server. All of it is JSON: it crosses a process boundary. */
export interface LoadTarget {
  readonly connections: readonly ConnectionAddress[];
  readonly channels: readonly LoadChannel[];
}

export interface LoadChannel {
  readonly id: string;
  /** Indices of LoadTarget.connections. In one round, a connection serves one channel. */
  readonly members: readonly number[];
  /** Bytes of a bare body. */
  readonly bodyBytes?: number;
  /** Absent: messages are bare bodies. Present: they are signed records of this epoch. */
  readonly records?: RecordTemplate;
}

/** What signed records of one channel share. Binary is base64url. */
export interface RecordTemplate {
  readonly epoch: number;
  readonly seen: { readonly seq: number; readonly chain: string };
  /** An MLS PrivateMessage of a member in this epoch. */
  readonly privateMessage: string;
  /** By member, in the order of LoadChannel.members. */
  readonly senders: readonly { readonly device: string; readonly signingSeed: string }[];
}

/** `window`: closed loop, so many messages under way in each channel. `rate`: open loop, over all channels together. */
export type Pace =
  { readonly kind: 'window'; readonly perChannel: number } | { readonly kind: 'rate'; readonly perSecond: number };

export interface Round {
  /** Indices of LoadTarget.channels. */
  readonly channels: readonly number[];
  readonly messagesPerChannel: number;
  readonly pace: Pace;
}

export interface RoundResult {
  readonly messages: number;
  readonly deliveries: number;
  /** From the first message due to the last delivery. */
  readonly seconds: number;
  /** Complete messages a second; in a closed loop while the middle eight tenths completed. */
  readonly perSecond: number;
  readonly acknowledged: Percentiles;
  readonly delivered: Percentiles;
  /** How late the generator itself was: 0 in a closed loop. */
  readonly lateness: Percentiles;
  /** Its own share of one core while the round ran. */
  readonly generatorBusy: number;
  /** Empty when every delivery arrived exactly once and in order. */
  readonly faults: readonly string[];
}
