import type { ChannelId, DeviceAddress } from '#liaison/protocol';

/** Something that the hub or a member did against the protocol. Stored, never deleted, and emitted once. */
export interface Alarm {
  /** Names it on this device: 16 hexadecimal digits. */
  readonly id: string;
  /** The check that failed, such as `CLI-07`: docs/spec/validation.md. */
  readonly check: string;
  /** Plain words for an officer: what was noticed and what to do. Never content. */
  readonly message: string;
  /** Absent where the breach is not about one channel. */
  readonly channel?: ChannelId;
  /** Place of the event in the channel, where there is one. */
  readonly seq?: number;
  /** How many more of this check and channel were noticed and not kept. */
  readonly further?: number;
  /** RFC 3339: when this device noticed. */
  readonly at: string;
}

/** That an officer has looked into an alarm. */
export interface AlarmSettlement {
  /** RFC 3339. */
  readonly at: string;
  readonly by: DeviceAddress;
  /** The officer's own words. */
  readonly reason: string;
}

/** An alarm of the past: what was noticed, and who settled it and why. */
export interface SettledAlarm extends Alarm {
  readonly settled: AlarmSettlement;
}
