import { epochAuthenticator, hubKeyOf, memberAt, members, ownLeafIndex } from '#liaison/mls-session';
import {
  ChannelId,
  type ChannelProfile,
  type DeviceAddress,
  equalBytes,
  LiaisonError,
  newId,
  timestampOf,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { asBreach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { saveChange } from './channel-changes.js';
import { profileFor } from './channel-plan.js';
import { beginChannel } from './channel-state.js';
import { claimKeyPackages, requireAddable } from './claim-key-packages.js';
import type { CommitDesk, MemberChannel } from './commit-desk.js';
import type { Device } from './device.js';
import { deviceOf, GroupPolicy, judgedNow } from './group-policy.js';
import type { Hub } from './hub.js';
import type { Synchroniser } from './synchroniser.js';
import type { Transaction } from './transaction.js';
import type { Trust } from './trust.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { ChannelPlan } from './views.js';

interface Founding {
  readonly id: ChannelId;
  readonly profile: ChannelProfile;
  readonly trust: Trust;
}

/** Changes of channels by who administers them, and of one's own keys. */
export class ChannelAdmin {
  /** By channel: the certificate that its members are known to see of this device. */
  readonly #shown = new Map<ChannelId, Uint8Array>();

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly synchroniser: Synchroniser,
    private readonly desk: CommitDesk,
  ) {}

  async create(plan: ChannelPlan): Promise<ChannelId> {
    const id = ChannelId.parse(newId(this.device.clock, this.device.random));
    const profile = profileFor(this.device.contactPoint, plan);
    await this.device.transact(async (transaction) => {
      const trust = await this.trust.current(transaction);
      requireAddable(this.device.certificate, profile, trust, this.device.clock.now());
      await this.#found(transaction, { id, profile, trust });
      const { address: by } = this.device;
      saveChange(transaction, id, { seq: 0, at: timestampOf(this.device.clock), by, added: [by], removed: [] });
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
      if (!(error instanceof LiaisonError)) throw error;
      if (error.details.check === 'CHN-04' && (await this.#foundAnew(id, creating))) return this.finishCreation(id);
      if (error.code !== 'conflict') throw error;
    }
    await this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      const { creating: _done, ...state } = channel.state;
      this.book.save(transaction, { ...channel, state });
    });
  }

  async #found(transaction: Transaction, { id, profile, trust }: Founding): Promise<void> {
    const { externalSenderKey } = trust;
    const { signer, mls } = this.device;
    const made = await mls.createGroup({ ...signer, groupId: utf8(id), profile, externalSenderKey });
    const authenticator = toBase64url(epochAuthenticator(made.state));
    const place = { id, profile, epoch: 0, from: 0, epochAuthenticator: authenticator };
    const state = beginChannel({ ...place, membership: 'member' });
    this.book.save(transaction, { state: { ...state, creating: toBase64url(made.groupInfo) }, group: made.state });
  }

  /**
   * The hub has another key since, as a roster says that this device did not know.
   * @param refused what was sent. @returns false where it has not; true, too, where another call has founded it anew meanwhile.
   */
  async #foundAnew(id: ChannelId, refused: string): Promise<boolean> {
    await this.trust.refreshRoster(this.hub);
    return this.device.transact(async (transaction) => {
      const { group, state } = await this.book.openAsMember(transaction, id);
      if (state.creating !== refused) return true;
      const trust = await this.trust.current(transaction);
      if (equalBytes(hubKeyOf(group), trust.externalSenderKey)) return false;
      await this.#found(transaction, { id, profile: state.profile, trust });
      return true;
    });
  }

  /** @returns the devices that have no KeyPackage at the hub. */
  async add(id: ChannelId, devices: readonly DeviceAddress[], purpose?: string): Promise<readonly DeviceAddress[]> {
    const { profile } = await this.device.transact(
      async (transaction) => (await this.book.openAsMember(transaction, id)).state,
    );
    const trust = await this.device.transact((transaction) => this.trust.current(transaction));
    const claimed = await claimKeyPackages(this.hub, devices, { trust, profile, at: this.device.clock.now() });
    await this.desk.commit(
      id,
      async (channel, authenticatedData) => {
        const present = new Set(members(channel.group).map(({ certificate }) => deviceOf(certificate)));
        const wanted = [...claimed].filter(([device]) => !present.has(device)).map(([, keyPackage]) => keyPackage);
        if (wanted.length === 0) return undefined;
        const trust = await this.device.transact((transaction) => this.trust.current(transaction));
        const policy = new GroupPolicy(judgedNow(trust, this.device.clock.now()));
        return this.#commitAdd(channel, wanted, policy, authenticatedData);
      },
      purpose,
    );
    return devices.filter((device) => !claimed.has(device));
  }

  async remove(id: ChannelId, devices: readonly DeviceAddress[], purpose?: string): Promise<void> {
    await this.desk.commit(
      id,
      async ({ group }, authenticatedData) => {
        const leaves = members(group).filter(({ certificate }) => devices.includes(deviceOf(certificate)));
        if (leaves.some(({ leafIndex }) => leafIndex === ownLeafIndex(group))) {
          throw new LiaisonError('not-allowed', 'A device cannot remove itself: another administrator does it.');
        }
        const leafIndexes = leaves.map(({ leafIndex }) => leafIndex);
        return leafIndexes.length === 0
          ? undefined
          : this.device.mls.commitRemove(group, leafIndexes, { authenticatedData });
      },
      purpose,
    );
  }

  /** Whether members still see a certificate of this device that was renewed since. */
  async hasOldCertificate(id: ChannelId): Promise<boolean> {
    const { certificate } = this.device;
    if (this.#shown.get(id) === certificate) return false;
    return this.device.transact(async (transaction) => {
      const { group } = await this.book.openAsMember(transaction, id);
      const own = memberAt(group, ownLeafIndex(group));
      if (own === undefined || !equalBytes(own.certificate, certificate)) return own !== undefined;
      this.#shown.set(id, certificate);
      return false;
    });
  }

  async update(id: ChannelId): Promise<void> {
    await this.desk.commit(id, ({ group }, authenticatedData) =>
      // Another certificate of this device, where it has been renewed, goes into the leaf with the fresh keys.
      this.device.mls.commitUpdate(group, { authenticatedData, renewal: this.device.signer }),
    );
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
