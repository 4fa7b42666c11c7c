import { sign } from '#liaison/crypto';
import {
  type ChannelId,
  HoldOrder,
  holdSignedBytes,
  LiaisonError,
  liftSignedBytes,
  type LoggedOrRefused,
  newId,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { holdsIn, type KnownHold } from './known-hold.js';

/** What a hold is to cover, why, and under which authority. */
export interface HoldWish {
  readonly channel: ChannelId;
  readonly records?: readonly RecordId[];
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
  readonly authority: string;
}

/** Places and lifts holds. What others placed is for {@link HoldFollowing}. */
export class Holds {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
  ) {}

  /** @throws LiaisonError `malformed`, `not-allowed` (HLD-02, HLD-04). */
  async place({ records, ...wish }: HoldWish): Promise<KnownHold> {
    const { address, key, clock, random, certificate } = this.device;
    const id = newId(clock, random);
    const said = { id, ...wish, ...(records && { records: [...records] }), at: timestampOf(clock) };
    const signature = toBase64url(sign('legal-hold', holdSignedBytes(address, said), key));
    const order = HoldOrder.safeParse({ ...said, signature });
    if (!order.success)
      throw new LiaisonError('malformed', `This is no hold: ${order.error.issues[0]?.message ?? ''}.`);
    const index = indexOf(await this.hub.call('placeHold', { body: order.data }));
    const hold: KnownHold = { ...order.data, device: address, certificate: toBase64url(certificate), index };
    // What this device placed itself, no hub can make it forget.
    await this.device.transact((transaction) => {
      transaction.putJson(KEYS.hold(hold.channel, id), hold);
      return Promise.resolve();
    });
    return hold;
  }

  /** @returns the place of the lift in the log. @throws LiaisonError `not-allowed` (HLD-02). */
  async lift(id: string, reason: string): Promise<number> {
    const { address, key, clock, certificate } = this.device;
    const said = { hold: id, reason, at: timestampOf(clock) };
    const signature = toBase64url(sign('legal-hold-lift', liftSignedBytes(address, said), key));
    const index = indexOf(await this.hub.call('liftHold', { body: { ...said, signature } }));
    await this.device.transact(async (transaction) => {
      const known = (await holdsIn(transaction)).find((each) => each.id === id);
      if (known === undefined || known.lift !== undefined) return;
      const { at } = said;
      const lift = { reason, at, signature, device: address, certificate: toBase64url(certificate), index };
      transaction.putJson(KEYS.hold(known.channel, id), { ...known, lift } satisfies KnownHold);
    });
    return index;
  }

  /** Those that were verified, the oldest first. */
  async list(channel?: ChannelId): Promise<KnownHold[]> {
    const holds = await this.device.transact((transaction) => holdsIn(transaction, channel));
    return holds.sort((a, b) => a.index - b.index);
  }
}

function indexOf(outcome: LoggedOrRefused): number {
  if ('index' in outcome) return outcome.index;
  const { refused: check } = outcome;
  throw new LiaisonError('not-allowed', HOLD_REFUSALS[check] ?? 'The hub refuses the hold.', { check });
}

const HOLD_REFUSALS: Readonly<Record<string, string>> = {
  'HLD-01': 'The hub does not take this for signed by this device today: compare your clock.',
  'HLD-02':
    'Only an administrator may, of a contact point that is or was in the channel; and only that of the contact point that placed a hold lifts it.',
  'HLD-03': 'A hold with this id is there already.',
  'HLD-04': 'Your contact point has as many holds in force as one may have: lift those that are over.',
};
