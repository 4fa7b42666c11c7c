import {
  canonicalJson,
  type ChannelId,
  type ChannelRole,
  type ContactPointId,
  LiaisonError,
  type RecordId,
  timestampOf,
} from '#liaison/protocol';
import { changesOf } from '../channel-changes.js';
import { titleDraft } from '../channel-title.js';
import type { ChannelState } from '../channel-state.js';
import type { ClientParts } from '../client-parts.js';
import { Disputes } from '../disputes.js';
import { contactPointsOf } from '../group-policy.js';
import { discardKept, keptDraft } from '../outbox-item.js';
import type { ChannelView, OutboxItem, RecordDraft } from '../views.js';
import type {
  ChannelChange,
  ChannelMembership,
  ChannelNaming,
  ClientLife,
  RuleChange,
  Trouble,
} from './client-life.js';
import { membershipOf } from './membership.js';
import {
  closed,
  handedOver,
  type NewRules,
  reopened,
  requireAdministration,
  requireLawfulRules,
  withChange,
  withRoles,
} from './rule-changes.js';
import { troublesOf } from './troubles.js';

interface Around {
  readonly view: (channel: ChannelId) => Promise<ChannelView>;
  readonly send: (draft: RecordDraft) => Promise<OutboxItem>;
  readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
}

/** See {@link ClientLife} for the contract. */
export class DeviceLife implements ClientLife {
  constructor(
    private readonly parts: ClientParts,
    private readonly around: Around,
  ) {}

  change(channel: ChannelId, change: RuleChange, purpose: string): Promise<ChannelView> {
    return this.#commit(channel, withChange(change), purpose);
  }

  async rename(channel: ChannelId, naming: ChannelNaming): Promise<OutboxItem> {
    const { profile } = await this.around.view(channel);
    requireAdministration(profile, this.parts.device.contactPoint);
    const draft = titleDraft(channel, profile.ceiling, naming);
    if (draft === undefined) throw new LiaisonError('usage', 'A channel is called something.');
    return this.around.send(draft);
  }

  giveRoles(
    channel: ChannelId,
    to: ContactPointId,
    roles: readonly ChannelRole[],
    purpose: string,
  ): Promise<ChannelView> {
    return this.#commit(channel, withRoles(to, roles), purpose);
  }

  handOver(channel: ChannelId, to: ContactPointId, purpose: string): Promise<ChannelView> {
    const own = this.parts.device.contactPoint;
    if (own === to)
      throw new LiaisonError('usage', `Every officer of ${own} administers it already, with any device that is in it.`);
    return this.#commit(channel, handedOver(own, to), purpose);
  }

  close(channel: ChannelId, purpose: string): Promise<ChannelView> {
    return this.#commit(channel, closed, purpose);
  }

  reopen(channel: ChannelId, purpose: string): Promise<ChannelView> {
    return this.#commit(channel, reopened, purpose);
  }

  /** Where the rules are so already nothing is committed. */
  async #commit(id: ChannelId, rules: NewRules, purpose: string): Promise<ChannelView> {
    const { desk, device } = this.parts;
    await this.around.guarded(() =>
      desk.commit(
        id,
        async ({ state, group }, authenticatedData) => {
          const after = rules(state.profile);
          if (canonicalJson(after) === canonicalJson(state.profile)) return undefined;
          requireLawfulRules({ before: state.profile, after }, device.contactPoint, contactPointsOf(group));
          return device.mls.commitProfile(group, after, { authenticatedData });
        },
        purpose,
      ),
    );
    return this.around.view(id);
  }

  async leave(channel: ChannelId, reason?: string): Promise<ChannelView> {
    await this.around.guarded(() => this.parts.leaving.leave(channel, reason));
    return this.around.view(channel);
  }

  async archive(channel: ChannelId): Promise<ChannelView> {
    await this.#update(channel, (state) => {
      if (state.membership === 'member' && state.profile.closed !== true)
        throw new LiaisonError('not-allowed', 'Close the channel first: what is still posted in it would be missed.');
      return { ...state, archived: timestampOf(this.parts.device.clock) };
    });
    return this.around.view(channel);
  }

  async unarchive(channel: ChannelId): Promise<ChannelView> {
    await this.#update(channel, ({ archived: _since, ...state }) => state);
    return this.around.view(channel);
  }

  async #update(channel: ChannelId, change: (state: ChannelState) => ChannelState): Promise<void> {
    const { device, book } = this.parts;
    await device.transact(async (transaction) => {
      const { state, group } = await book.open(transaction, channel);
      book.save(transaction, { state: change(state), group });
    });
  }

  membership(channel: ChannelId): Promise<ChannelMembership> {
    const { device, book, trust } = this.parts;
    return device.transact(async (transaction) =>
      membershipOf(
        await book.openAsMember(transaction, channel),
        await changesOf(transaction, channel),
        await trust.current(transaction),
        device.clock.now(),
      ),
    );
  }

  changes(channel: ChannelId): Promise<ChannelChange[]> {
    return this.parts.device.transact((transaction) => changesOf(transaction, channel));
  }

  troubles(channel: ChannelId): Promise<Trouble[]> {
    const { device, book } = this.parts;
    return device.transact(async (transaction) =>
      troublesOf(transaction, (await book.open(transaction, channel)).state, device.address),
    );
  }

  settle(channel: ChannelId, reason: string): Promise<number> {
    return new Disputes(this.parts.device, this.parts.book).settleAll(channel, reason);
  }

  async sendKept(record: RecordId): Promise<OutboxItem> {
    const { device } = this.parts;
    const { id: _ofTheFirst, ...draft } = await device.transact((transaction) => keptDraft(transaction, record));
    const item = await this.around.send(draft);
    if (item.state !== 'failed') await this.dropKept(record);
    return item;
  }

  dropKept(record: RecordId): Promise<void> {
    return this.parts.device.transact((transaction) => discardKept(transaction, record));
  }
}
