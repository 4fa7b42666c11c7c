import type { Pool } from 'pg';
import { ChannelProfile, type ChannelId, type DeviceAddress } from '#liaison/protocol';
import type { ChannelMember, ChannelState } from './channel-state.js';

const MOST_CHANNELS = 10_000;

/** One statement, so one snapshot: epoch, profile and members belong together. */
const LOAD_STATEMENT = `
  SELECT c.epoch::float8 AS epoch, g.profile, m.device, m.leaf_index, m.signature_key
  FROM channels c JOIN channel_groups g ON g.channel = c.id
  LEFT JOIN channel_memberships m ON m.channel = c.id AND m.until_seq IS NULL
  WHERE c.id = $1`;

interface LoadedRow {
  readonly epoch: number;
  readonly profile: unknown;
  readonly device: DeviceAddress | null;
  readonly leaf_index: number;
  readonly signature_key: Buffer;
}

/** Channels as this node last saw them. Another node may have moved one on: then a newer epoch is loaded when somebody names it. */
export class ChannelStates {
  private readonly known = new Map<ChannelId, ChannelState>();
  private readonly loading = new Map<ChannelId, Promise<ChannelState | undefined>>();

  constructor(private readonly pool: Pool) {}

  /** From memory; of this epoch or a later one. */
  remembered(channel: ChannelId, epoch: number): ChannelState | undefined {
    const state = this.known.get(channel);
    return state !== undefined && state.epoch >= epoch ? state : undefined;
  }

  /** From the database; undefined where there is no such channel. */
  newest(channel: ChannelId): Promise<ChannelState | undefined> {
    const underWay = this.loading.get(channel);
    if (underWay !== undefined) return underWay;
    const loading = this.load(channel).finally(() => this.loading.delete(channel));
    this.loading.set(channel, loading);
    return loading;
  }

  private async load(channel: ChannelId): Promise<ChannelState | undefined> {
    const { rows } = await this.pool.query<LoadedRow>({
      name: 'channel-state',
      text: LOAD_STATEMENT,
      values: [channel],
    });
    const [first] = rows;
    if (first === undefined) return undefined;
    const state = {
      id: channel,
      epoch: first.epoch,
      profile: ChannelProfile.parse(first.profile),
      members: new Map(rows.flatMap(memberOf)),
    };
    this.remember(state);
    return state;
  }

  /** A slow answer of the database replaces neither a newer epoch nor, of this one, who has left since: nobody comes in within an epoch. */
  remember(state: ChannelState): void {
    const known = this.known.get(state.id);
    if (known !== undefined && known.epoch > state.epoch) return;
    if (known?.epoch === state.epoch && known.members.size < state.members.size) return;
    this.known.delete(state.id);
    this.known.set(state.id, state);
    const [oldest] = this.known.keys();
    if (this.known.size > MOST_CHANNELS && oldest !== undefined) this.known.delete(oldest);
  }
}

function memberOf({ device, leaf_index: leafIndex, signature_key }: LoadedRow): [DeviceAddress, ChannelMember][] {
  if (device === null) return [];
  return [[device, { device, leafIndex, signatureKey: new Uint8Array(signature_key) }]];
}
