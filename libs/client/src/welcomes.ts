import {
  epochAuthenticator,
  epochOf,
  type GroupState,
  groupIdOf,
  members,
  ownLeafIndex,
  profileOf,
} from '#liaison/mls-session';
import { sha256 } from '#liaison/crypto';
import { parseWelcome } from '#liaison/mls-framing';
import {
  equalBytes,
  fromBase64url,
  LiaisonError,
  type PendingWelcome,
  toBase64url,
  utf8,
  type ChannelId,
} from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { asBreach, breach, checkOfMls } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { beginChannel, type ChannelState } from './channel-state.js';
import type { Device } from './device.js';
import { deviceOf, GroupPolicy, type Judgement, judgedSince, requireFit } from './group-policy.js';
import { isLaterLook } from './event-time.js';
import type { Hub } from './hub.js';
import { findKeyPackage } from './key-packages.js';
import { KEYS } from './keys.js';
import { isByTrust, JudgedByOldTrust } from './old-trust.js';
import { dropCommit } from './pending-commit.js';
import { isAnswered, requireLater, requireNoWider, standingAfter } from './re-entry.js';
import type { Synchroniser } from './synchroniser.js';
import type { Transaction } from './transaction.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { Trust } from './trust.js';

/** Joins what this device was added to. A Welcome is deleted at the hub once its channel is stored here, or can never be joined. */
export class WelcomeDesk {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly synchroniser: Synchroniser,
  ) {}

  /** The newest first: one of several for a channel is enough. @returns the channels that were joined. */
  async joinAll(): Promise<ChannelId[]> {
    const joined: ChannelId[] = [];
    const askedAt = this.device.clock.now();
    const { welcomes } = await this.hub.call('listWelcomes');
    const newest = once((id) => this.synchroniser.refreshForJudgement(id));
    for (const welcome of [...welcomes].sort((a, b) => b.seq - a.seq)) {
      // What it follows on may not have been read: this device's removal above all.
      await this.synchroniser.channel(welcome.channel);
      if (await this.#joinBy(welcome, newest)) joined.push(welcome.channel);
      await this.hub.call('endWelcome', { params: { welcome: welcome.id } });
    }
    // One answer does not hold them all: after those in it, whatever became of them, there may be more.
    if (welcomes.length === 0) await this.#noteAskedAt(askedAt);
    return joined;
  }

  /** A Welcome that comes later is not older. */
  async #noteAskedAt(askedAt: number): Promise<void> {
    await this.device.transact(async (transaction) => {
      const before = await transaction.getJson<number>(KEYS.welcomesAskedAt);
      if (isLaterLook(askedAt, before, this.device.clock.now())) transaction.putJson(KEYS.welcomesAskedAt, askedAt);
    });
  }

  /** What the known roster or lists refuse is judged once more by the newest: a Welcome that is refused is gone. */
  async #joinBy(welcome: PendingWelcome, refreshOnce: (id: ChannelId) => Promise<void>): Promise<boolean> {
    try {
      return await this.device.transact((transaction) => this.#tryJoin(transaction, welcome, false));
    } catch (error) {
      if (!(error instanceof JudgedByOldTrust)) throw error;
      await refreshOnce(welcome.channel);
      return this.device.transact((transaction) => this.#tryJoin(transaction, welcome, true));
    }
  }

  async #tryJoin(transaction: Transaction, welcome: PendingWelcome, trustIsFresh: boolean): Promise<boolean> {
    try {
      return await this.#join(transaction, welcome);
    } catch (cause) {
      if (!trustIsFresh && cause instanceof LiaisonError && isByTrust(cause.details.check))
        throw new JudgedByOldTrust(cause.message, { cause });
      const { channel, seq } = welcome;
      await raiseAlarm(transaction, this.device.clock, asBreach('CLI-41', cause), { channel, seq });
      const known = await this.book.find(transaction, channel);
      if (known?.state.standing === 'good')
        this.book.save(transaction, { ...known, state: { ...known.state, standing: 'in-dispute' } });
      return false;
    }
  }

  async #join(transaction: Transaction, welcome: PendingWelcome): Promise<boolean> {
    const known = await this.book.find(transaction, welcome.channel);
    const bytes = fromBase64url(welcome.welcome);
    const once = KEYS.joinedWelcome(toBase64url(sha256(bytes)));
    if ((await transaction.get(once)) !== undefined || isAnswered(known?.state, welcome)) return false;
    const mine = await findKeyPackage(transaction, parseWelcome(bytes).keyPackageReferences);
    // Made for a KeyPackage from before this device lost its data: an administrator adds it again, or it joins again by itself.
    if (mine === undefined) return false;
    if (known !== undefined) requireLater(known.state, welcome);
    const before = known !== undefined && known.state.seq < welcome.seq ? known.state : undefined;
    const since = await this.#earliestOf(transaction, mine, before);
    const trust = await this.trust.current(transaction);
    const judgement = judgedSince(trust, since, this.device.clock.now());
    const group = await this.#verified(trust, judgement, welcome, { ...mine, welcome: bytes });
    if (known !== undefined) {
      requireNoWider(known.state, profileOf(group));
      dropCommit(transaction, known);
    }
    const facts = {
      profile: profileOf(group),
      epoch: epochOf(group),
      epochAuthenticator: toBase64url(epochAuthenticator(group)),
    };
    const state = beginChannel({ ...facts, id: welcome.channel, membership: 'member', from: welcome.seq });
    const bounds = {
      readToEndAt: since,
      ...(before?.latestAt !== undefined && { latestAt: before.latestAt }),
    };
    const joined = { ...state, ...bounds, joinedAt: welcome.seq, ...standingAfter(known?.state, welcome) };
    this.book.save(transaction, { state: joined, group });
    transaction.putJson(once, { v: 1, channel: welcome.channel });
    if (!mine.lastResort) transaction.delete(KEYS.keyPackage(mine.reference));
    return true;
  }

  /**
   * Before when this device was not led into the group: it had not made the KeyPackage yet, or had all Welcomes and events there
   * were. A clock that was ahead holds back nothing beyond now.
   * @param before the channel as this device had read it, where that is not past the Welcome's place: what it read there came later.
   */
  async #earliestOf(transaction: Transaction, { madeAt }: { madeAt: number }, before?: ChannelState): Promise<number> {
    const askedAt = (await transaction.getJson<number>(KEYS.welcomesAskedAt)) ?? madeAt;
    const { latestAt = madeAt, readToEndAt = madeAt } = before ?? {};
    return Math.min(Math.max(madeAt, askedAt, latestAt, readToEndAt), this.device.clock.now());
  }

  /** @throws LiaisonError `integrity`: CLI-41, or the check that a member does not pass. */
  async #verified(
    { externalSenderKeys: hubKeys }: Trust,
    judgement: Judgement,
    welcome: PendingWelcome,
    keys: { readonly welcome: Uint8Array; readonly keyPackage: Uint8Array; readonly secrets: Uint8Array },
  ): Promise<GroupState> {
    const policy = new GroupPolicy(judgement);
    const { signingSeed } = this.device.profile;
    const group = await this.device.mls.join({ ...keys, signingSeed, hubKeys, policy }).catch((cause: unknown) => {
      throw asBreach(policy.refusedBy ?? checkOfMls(cause) ?? 'CLI-41', cause);
    });
    if (!equalBytes(groupIdOf(group), utf8(welcome.channel))) throw breach('CLI-41', 'It is of another channel.');
    if (epochOf(group) !== welcome.epoch) throw breach('CLI-41', 'It is of another epoch.');
    for (const { certificate, leafIndex } of members(group)) {
      if (leafIndex !== ownLeafIndex(group)) requireFit(certificate, profileOf(group), judgement);
      else if (deviceOf(certificate) !== this.device.address) throw breach('CLI-41', 'It is for another device.');
    }
    return group;
  }
}

/** Several Welcomes that are refused ask the hub once. */
function once(task: (id: ChannelId) => Promise<void>): (id: ChannelId) => Promise<void> {
  let run: Promise<void> | undefined;
  return (id) => (run ??= task(id));
}
