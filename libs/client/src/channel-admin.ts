import {
  members,
  type GroupState,
  type PendingCommit,
  profileOf,
  proposedRemovals,
  groupIdOf,
  ownLeafIndex,
} from '#liaison/mls-session';
import {
  ChannelId,
  type CommitSubmission,
  type DeviceAddress,
  equalBytes,
  fromBase64url,
  LiaisonError,
  newId,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { epochAuthenticator } from '#liaison/mls-session';
import { raiseAlarm } from './alarms.js';
import { asBreach, breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { beginChannel, type OpenChannel } from './channel-state.js';
import { profileFor } from './channel-plan.js';
import { claimKeyPackages } from './claim-key-packages.js';
import type { Device } from './device.js';
import { deviceOf, GroupPolicy, requireFit } from './group-policy.js';
import type { Hub } from './hub.js';
import { dropCommit, heldCommit, holdCommit } from './pending-commit.js';
import { encodeSeen, seenBy } from './seen-position.js';
import type { Synchroniser } from './synchroniser.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { ChannelPlan } from './views.js';

/** How often a commit that lost the race is made anew. */
const ROUNDS = 10;

type MemberChannel = OpenChannel & { group: GroupState };
/** Makes a commit for the channel as it is now. @returns undefined where nothing is left to do. */
type Maker = (
  channel: MemberChannel,
  authenticatedData: Uint8Array,
) => Promise<(PendingCommit & { readonly welcome?: Uint8Array }) | undefined>;

/** Changes of channels: made, stored, sent, and taken as done only when the channel's own sequence shows them. */
export class ChannelAdmin {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly synchroniser: Synchroniser,
  ) {}

  async create(plan: ChannelPlan): Promise<ChannelId> {
    const id = ChannelId.parse(newId(this.device.clock, this.device.random));
    const profile = profileFor(this.device.contactPoint, plan);
    await this.device.transact(async (transaction) => {
      const trust = await this.trust.current(transaction);
      requireFit(this.device.profile.certificate, profile, trust, this.device.clock.now());
      const { externalSenderKey } = trust;
      const made = await this.device.mls.createGroup({
        ...this.device.signer,
        groupId: utf8(id),
        profile,
        externalSenderKey,
      });
      const authenticator = toBase64url(epochAuthenticator(made.state));
      const state = beginChannel({
        id,
        profile,
        membership: 'member',
        epoch: 0,
        from: 0,
        epochAuthenticator: authenticator,
      });
      this.book.save(transaction, { state: { ...state, creating: toBase64url(made.groupInfo) }, group: made.state });
    });
    await this.finishCreation(id);
    return id;
  }

  /** The hub answers `conflict` where an earlier call got through and its answer was lost. */
  async finishCreation(id: ChannelId): Promise<void> {
    const creating = (await this.synchroniser.state(id))?.creating;
    if (creating === undefined) return;
    try {
      await this.hub.call('createChannel', { body: { groupInfo: creating } });
    } catch (error) {
      if (!(error instanceof LiaisonError) || error.code !== 'conflict') throw error;
    }
    await this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      const { creating: _done, ...state } = channel.state;
      this.book.save(transaction, { ...channel, state });
    });
  }

  /** @returns the devices that have no KeyPackage at the hub. */
  async add(id: ChannelId, devices: readonly DeviceAddress[]): Promise<readonly DeviceAddress[]> {
    const { profile } = await this.device.transact(
      async (transaction) => (await this.book.openAsMember(transaction, id)).state,
    );
    const trust = await this.device.transact((transaction) => this.trust.current(transaction));
    const claimed = await claimKeyPackages(this.hub, devices, { trust, profile, at: this.device.clock.now() });
    await this.#commit(id, async (channel, authenticatedData) => {
      const present = new Set(members(channel.group).map(({ certificate }) => deviceOf(certificate)));
      const wanted = [...claimed].filter(([device]) => !present.has(device)).map(([, keyPackage]) => keyPackage);
      if (wanted.length === 0) return undefined;
      const trust = await this.device.transact((transaction) => this.trust.current(transaction));
      return this.#commitAdd(channel, wanted, new GroupPolicy(trust, this.device.clock.now()), authenticatedData);
    });
    return devices.filter((device) => !claimed.has(device));
  }

  async remove(id: ChannelId, devices: readonly DeviceAddress[]): Promise<void> {
    await this.#commit(id, async ({ group }, authenticatedData) => {
      const leaves = members(group).filter(({ certificate }) => devices.includes(deviceOf(certificate)));
      if (leaves.some(({ leafIndex }) => leafIndex === ownLeafIndex(group))) {
        throw new LiaisonError('not-allowed', 'A device cannot remove itself: another administrator does it.');
      }
      const leafIndexes = leaves.map(({ leafIndex }) => leafIndex);
      return leafIndexes.length === 0
        ? undefined
        : this.device.mls.commitRemove(group, leafIndexes, { authenticatedData });
    });
  }

  async update(id: ChannelId): Promise<void> {
    await this.#commit(id, ({ group }, authenticatedData) =>
      this.device.mls.commitUpdate(group, { authenticatedData }),
    );
  }

  /**
   * Commits what the hub proposed, where it has a reason: whoever is online first does it, and the others see that it is done.
   * Without a reason it is not this device that puts a member out: an alarm, and an administrator decides.
   */
  async commitProposals(id: ChannelId): Promise<void> {
    const { profile } = await this.device.transact(
      async (transaction) => (await this.book.open(transaction, id)).state,
    );
    await this.trust.refreshRevocations(this.hub, profile.releasableTo);
    if (!(await this.#areJustified(id))) return;
    await this.#commit(id, async ({ group }, authenticatedData) => {
      const proposed = proposedRemovals(group);
      const own = proposed.some(({ leafIndex }) => leafIndex === ownLeafIndex(group));
      return proposed.length === 0 || own ? undefined : this.device.mls.commitProposals(group, { authenticatedData });
    });
  }

  async #areJustified(id: ChannelId): Promise<boolean> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.openAsMember(transaction, id);
      const trust = await this.trust.current(transaction);
      const at = this.device.clock.now();
      const groundless = proposedRemovals(channel.group).some(
        ({ certificate }) => trust.standing(certificate, at).fault === undefined,
      );
      if (!groundless) return true;
      await raiseAlarm(transaction, this.device.clock, breach('CLI-48'), { channel: id, seq: channel.state.seq });
      if (channel.state.standing === 'good') {
        this.book.save(transaction, { ...channel, state: { ...channel.state, standing: 'in-dispute' } });
      }
      return false;
    });
  }

  async hasProposals(id: ChannelId): Promise<boolean> {
    return this.device.transact(async (transaction) => {
      const group = (await this.book.find(transaction, id))?.group;
      return group !== undefined && proposedRemovals(group).length > 0;
    });
  }

  async rejoin(id: ChannelId): Promise<void> {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await this.synchroniser.channel(id);
      const state = await this.synchroniser.state(id);
      if (state?.membership === 'member') return;
      if (state?.membership === 'removed')
        throw new LiaisonError('not-allowed', 'This device was removed: an administrator has to add it.');
      const { groupInfo } = await this.hub.call('getGroupInfo', { params: { channel: id } });
      await this.#submit(id, await this.#holdRejoin(id, fromBase64url(groupInfo)));
    }
    if ((await this.synchroniser.state(id))?.membership !== 'member') throw lostEveryRace();
  }

  /** Sends a commit again whose fate is unknown since a crash or a lost answer. */
  async finishPending(id: ChannelId): Promise<void> {
    const held = await this.device.transact((transaction) => heldCommit(transaction, id));
    if (held !== undefined) await this.#submit(id, held);
  }

  async #holdRejoin(id: ChannelId, groupInfo: Uint8Array): Promise<CommitSubmission> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      const trust = await this.trust.current(transaction);
      const at = this.device.clock.now();
      const policy = new GroupPolicy(trust, at);
      const { externalSenderKey } = trust;
      const authenticatedData = encodeSeen(seenBy(channel.state));
      const made = await this.device.mls
        .rejoin({ ...this.device.signer, groupInfo, externalSenderKey, policy, authenticatedData })
        .catch((cause: unknown) => {
          throw asBreach(policy.refusedBy ?? 'CLI-45', cause);
        });
      if (!equalBytes(groupIdOf(made.pending), utf8(id))) throw breach('CLI-45');
      for (const { certificate } of members(made.pending)) requireFit(certificate, profileOf(made.pending), trust, at);
      const submission = holdCommit(transaction, channel, made);
      this.book.save(transaction, channel);
      return submission;
    });
  }

  async #commit(id: ChannelId, make: Maker): Promise<void> {
    await this.synchroniser.channel(id);
    await this.finishPending(id);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const submission = await this.#hold(id, make);
      if (submission === undefined) return;
      if (await this.#submit(id, submission)) return;
    }
    throw lostEveryRace();
  }

  /** The commit and the state that it leads to are stored before anything leaves this device. */
  async #hold(id: ChannelId, make: Maker): Promise<CommitSubmission | undefined> {
    const open = () => this.device.transact((transaction) => this.book.openAsMember(transaction, id));
    const before = await open();
    const made = await make(before, encodeSeen(seenBy(before.state)));
    if (made === undefined) return undefined;
    return this.device.transact(async (transaction) => {
      const channel = await this.book.openAsMember(transaction, id);
      // Made for an epoch that has gone by in the meantime: the hub would refuse it.
      const submission = holdCommit(transaction, channel, made);
      this.book.save(transaction, channel);
      return submission;
    });
  }

  /** @returns whether the channel's sequence shows this very commit. */
  async #submit(id: ChannelId, submission: CommitSubmission): Promise<boolean> {
    let refusal: LiaisonError | undefined;
    try {
      await this.hub.call('submitCommit', { params: { channel: id }, body: submission });
    } catch (error) {
      if (!(error instanceof LiaisonError)) throw error;
      refusal = error;
    }
    if (refusal?.code === 'unavailable' || refusal?.code === 'internal' || refusal?.code === 'integrity') throw refusal;
    await this.synchroniser.channel(id);
    const pending = await this.device.transact((transaction) => heldCommit(transaction, id));
    if (refusal === undefined) {
      if (pending?.commit === submission.commit)
        throw breach('CLI-43', 'A commit that the hub confirmed is not in the channel.');
      return true;
    }
    if (pending?.commit === submission.commit) await this.#drop(id);
    if (refusal.code !== 'stale-epoch' && refusal.code !== 'conflict') throw refusal;
    return false;
  }

  async #drop(id: ChannelId): Promise<void> {
    await this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      dropCommit(transaction, channel);
      this.book.save(transaction, channel);
    });
  }

  async #commitAdd(
    channel: MemberChannel,
    keyPackages: readonly Uint8Array[],
    policy: GroupPolicy,
    authenticatedData: Uint8Array,
  ) {
    const at = this.device.clock.now();
    try {
      return await this.device.mls.commitAdd(channel.group, keyPackages, policy, { at, authenticatedData });
    } catch (cause) {
      throw policy.refusedBy === undefined ? cause : asBreach(policy.refusedBy, cause);
    }
  }
}

function lostEveryRace(): LiaisonError {
  return new LiaisonError('try-again', 'Others keep changing this channel at the same time. Try again in a moment.', {
    retryAfterMs: 1000,
  });
}
