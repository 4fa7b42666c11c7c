import { deserializeState, type GroupState, serializeState } from '#liaison/mls-session';
import { type ChannelId, LiaisonError } from '#liaison/protocol';
import type { ChannelState, OpenChannel } from './channel-state.js';
import type { Device } from './device.js';
import { KEYS } from './keys.js';
import { jsonOf, type Transaction } from './transaction.js';

/** The channels of this device. MLS states stay decoded between transactions and are encoded once for each that changes them. */
export class ChannelBook {
  readonly #cache = new Map<ChannelId, Readonly<OpenChannel>>();

  constructor(device: Device) {
    device.onChangedElsewhere(() => {
      this.#cache.clear();
    });
  }

  async find(transaction: Transaction, id: ChannelId): Promise<OpenChannel | undefined> {
    const known = this.#cache.get(id);
    if (known !== undefined) return { ...known };
    const state = await transaction.getJson<ChannelState>(KEYS.channel(id));
    if (state === undefined) return undefined;
    const stored = await transaction.get(KEYS.group(id));
    const channel = { state, group: stored === undefined ? undefined : deserializeState(stored) };
    this.#cache.set(id, channel);
    return { ...channel };
  }

  /** @throws LiaisonError `not-found`. */
  async open(transaction: Transaction, id: ChannelId): Promise<OpenChannel> {
    const channel = await this.find(transaction, id);
    if (channel === undefined)
      throw new LiaisonError('not-found', 'This device knows no such channel. Synchronise first.');
    return channel;
  }

  /** @throws LiaisonError `not-allowed` where this device is not a member, or holds no keys. */
  async openAsMember(transaction: Transaction, id: ChannelId): Promise<OpenChannel & { group: GroupState }> {
    const { state, group } = await this.open(transaction, id);
    if (state.membership === 'member' && group !== undefined) return { state, group };
    const why =
      state.membership === 'lost'
        ? 'This device has lost its keys of the channel. Join again (rejoin).'
        : 'This device is no longer a member of the channel.';
    throw new LiaisonError('not-allowed', why);
  }

  async states(transaction: Transaction): Promise<ChannelState[]> {
    return (await transaction.stored(KEYS.channels)).map(({ value }) => jsonOf(value) as ChannelState);
  }

  save(transaction: Transaction, { state, group }: OpenChannel): void {
    const id = state.id;
    const before = this.#cache.get(id);
    const next = { state, group };
    transaction.putJson(KEYS.channel(id), state);
    if (group === undefined) transaction.delete(KEYS.group(id));
    else if (group !== before?.group) transaction.put(KEYS.group(id), serializeState(group));
    transaction.tell({ type: 'channel', channel: id });
    transaction.afterwards(() => {
      this.#cache.set(id, next);
    });
  }
}
