import { sign } from '#liaison/crypto';
import {
  type ChannelId,
  HoldOrder,
  holdSignedBytes,
  type LegalHold,
  LiaisonError,
  liftSignedBytes,
  type LoggedOrRefused,
  newId,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { requireLawfulHold } from './signed-by-administrator.js';

/** What a hold is to cover, why, and under which authority. */
export interface HoldWish {
  readonly channel: ChannelId;
  readonly records?: readonly RecordId[];
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
  readonly authority: string;
}

/** Places and lifts holds, and knows those of its channels, so that an erasure in spite of one is noticed. */
export class Holds {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {}

  /** @throws LiaisonError `malformed`, `not-allowed` (HLD-02). */
  async place({ records, ...wish }: HoldWish): Promise<LegalHold> {
    const { address, key, clock, random, certificate } = this.device;
    const id = newId(clock, random);
    const said = { id, ...wish, ...(records && { records: [...records] }), at: timestampOf(clock) };
    const signature = toBase64url(sign('legal-hold', holdSignedBytes(address, said), key));
    const order = HoldOrder.safeParse({ ...said, signature });
    if (!order.success)
      throw new LiaisonError('malformed', `This is no hold: ${order.error.issues[0]?.message ?? ''}.`);
    const index = indexOf(await this.hub.call('placeHold', { body: order.data }));
    const hold = { ...order.data, device: address, certificate: toBase64url(certificate), index };
    // What this device placed itself, no hub can make it forget.
    await this.device.transact((transaction) => {
      transaction.putJson(KEYS.hold(hold.channel, id), hold);
      return Promise.resolve();
    });
    return hold;
  }

  /** @returns the place of the lift in the log. @throws LiaisonError `not-allowed` (HLD-02). */
  async lift(id: string, reason: string): Promise<number> {
    const { address, key, clock } = this.device;
    const said = { hold: id, reason, at: timestampOf(clock) };
    const signature = toBase64url(sign('legal-hold-lift', liftSignedBytes(address, said), key));
    const index = indexOf(await this.hub.call('liftHold', { body: { ...said, signature } }));
    await this.follow();
    return index;
  }

  /** Those that were verified, the oldest first. */
  async list(channel?: ChannelId): Promise<LegalHold[]> {
    const holds = await this.device.transact((transaction) => holdsIn(transaction, channel));
    return holds.sort((a, b) => a.index - b.index);
  }

  /** What nobody lawfully placed or lifted changes nothing, and is an alarm. */
  async follow(): Promise<void> {
    const { device, hub } = this;
    for (;;) {
      const from =
        (await device.transact((transaction) => transaction.getJson<{ next: number }>(KEYS.holdsNext)))?.next ?? 0;
      const { holds, next } = await hub.call('listHolds', { query: { from } });
      if (holds.length === 0) return;
      if (next <= from) throw breach('CLI-03', 'Call: listHolds.');
      await device.transact(async (transaction) => {
        for (const hold of holds) await this.#take(transaction, hold);
        transaction.putJson(KEYS.holdsNext, { next });
      });
    }
  }

  async #take(transaction: Transaction, hold: LegalHold): Promise<void> {
    try {
      requireLawfulHold(hold, await this.trust.current(transaction));
    } catch (cause) {
      await raiseAlarm(transaction, this.device.clock, asBreach('CLI-83', cause), { channel: hold.channel });
      return;
    }
    transaction.putJson(KEYS.hold(hold.channel, hold.id), hold);
  }
}

export async function holdsIn(transaction: Transaction, channel?: ChannelId): Promise<LegalHold[]> {
  const stored = await transaction.entries(channel === undefined ? KEYS.holds : KEYS.holdsOf(channel));
  return stored.map(({ value }) => jsonOf(value) as LegalHold);
}

function indexOf(outcome: LoggedOrRefused): number {
  if ('index' in outcome) return outcome.index;
  const { refused: check } = outcome;
  throw new LiaisonError('not-allowed', HOLD_REFUSALS[check] ?? 'The hub refuses the hold.', { check });
}

const HOLD_REFUSALS: Readonly<Record<string, string>> = {
  'HLD-01': 'The hub does not take this for signed by this device, or your clock is far ahead.',
  'HLD-02':
    'Only an administrator may, of a contact point that is or was in the channel; and only that of the contact point that placed a hold lifts it.',
  'HLD-03': 'A hold with this id is there already.',
};
