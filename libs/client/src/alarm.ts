import type { ChannelId } from '#liaison/protocol';

/** Something that the hub or a member did against the protocol. Stored, never deleted, and emitted once. */
export interface Alarm {
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
