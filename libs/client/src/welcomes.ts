import {
  epochAuthenticator,
  epochOf,
  type GroupState,
  groupIdOf,
  members,
  ownLeafIndex,
  profileOf,
} from '#liaison/mls-session';
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
import { asBreach, breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { beginChannel } from './channel-state.js';
import type { Device } from './device.js';
import { deviceOf, GroupPolicy, requireFit } from './group-policy.js';
import type { Hub } from './hub.js';
import { findKeyPackage } from './key-packages.js';
import { KEYS } from './keys.js';
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
  ) {}

  /** @returns the channels that were joined. */
  async joinAll(): Promise<ChannelId[]> {
    const joined: ChannelId[] = [];
    const { welcomes } = await this.hub.call('listWelcomes');
    for (const welcome of welcomes) {
      if (await this.device.transact((transaction) => this.#tryJoin(transaction, welcome)))
        joined.push(welcome.channel);
      await this.hub.call('endWelcome', { params: { welcome: welcome.id } });
    }
    return joined;
  }

  async #tryJoin(transaction: Transaction, welcome: PendingWelcome): Promise<boolean> {
    try {
      return await this.#join(transaction, welcome);
    } catch (cause) {
      await raiseAlarm(transaction, this.device.clock, asBreach('CLI-41', cause), {
        channel: welcome.channel,
        seq: welcome.seq,
      });
      return false;
    }
  }

  async #join(transaction: Transaction, welcome: PendingWelcome): Promise<boolean> {
    const known = await this.book.find(transaction, welcome.channel);
    if (known?.state.membership === 'member' && known.state.epoch >= welcome.epoch) return false;
    const bytes = fromBase64url(welcome.welcome);
    const mine = await findKeyPackage(transaction, parseWelcome(bytes).keyPackageReferences);
    // Made for a KeyPackage from before this device lost its data: an administrator adds it again, or it joins again by itself.
    if (mine === undefined) return false;
    const trust = await this.trust.current(transaction);
    const group = await this.#verified(trust, welcome, { ...mine, welcome: bytes });
    const facts = {
      profile: profileOf(group),
      epoch: epochOf(group),
      epochAuthenticator: toBase64url(epochAuthenticator(group)),
    };
    const state = beginChannel({ ...facts, id: welcome.channel, membership: 'member', from: welcome.seq });
    this.book.save(transaction, { state: { ...state, joinedAt: welcome.seq, ...titleOf(known?.state) }, group });
    if (!mine.lastResort) transaction.delete(KEYS.keyPackage(mine.reference));
    return true;
  }

  /** @throws LiaisonError `integrity`: CLI-41, or the check that a member does not pass. */
  async #verified(
    trust: Trust,
    welcome: PendingWelcome,
    keys: { readonly welcome: Uint8Array; readonly keyPackage: Uint8Array; readonly secrets: Uint8Array },
  ): Promise<GroupState> {
    const at = this.device.clock.now();
    const policy = new GroupPolicy(trust, at);
    const { externalSenderKey } = trust;
    const { signingSeed } = this.device.profile;
    const group = await this.device.mls
      .join({ ...keys, signingSeed, externalSenderKey, policy })
      .catch((cause: unknown) => {
        throw asBreach(policy.refusedBy ?? hubCheck(cause) ?? 'CLI-41', cause);
      });
    if (!equalBytes(groupIdOf(group), utf8(welcome.channel))) throw breach('CLI-41', 'It is of another channel.');
    if (epochOf(group) !== welcome.epoch) throw breach('CLI-41', 'It is of another epoch.');
    for (const { certificate, leafIndex } of members(group)) {
      if (leafIndex !== ownLeafIndex(group)) requireFit(certificate, profileOf(group), trust, at);
      else if (deviceOf(certificate) !== this.device.address) throw breach('CLI-41', 'It is for another device.');
    }
    return group;
  }
}

function hubCheck(cause: unknown): 'CLI-38' | undefined {
  return cause instanceof LiaisonError && cause.details.check === 'SES-19' ? 'CLI-38' : undefined;
}

function titleOf(state: { readonly title?: string } | undefined) {
  return state?.title === undefined ? {} : { title: state.title };
}
