import { Injectable } from '@nestjs/common';
import { type SigningKey, signWhole } from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import { type ParsedGroupInfo, parseGroupInfo, proposalReference, proposeRemoval } from '#liaison/mls-framing';
import { type ChannelId, type DeviceAddress, encodeLeaving, type LeavingStatement, utf8 } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { HubLog } from '../observability/hub-log.js';
import { Sequencer } from '../records/sequencer.js';
import type { Outcome, Place, ProposalEntry, Transaction } from '../records/submission.js';
import type { ChannelMember, ChannelState } from './channel-state.js';
import { ChannelStates } from './channel-states.js';
import { ForfeitedMembers } from './forfeited-members.js';
import { GroupStore } from './group-store.js';
import { Leavings } from './leavings.js';
import { NO_REASON } from './rule-acts.js';

/** Who is to be removed, and why. */
interface Removal {
  readonly device: DeviceAddress;
  readonly leafIndex: number;
  /** As the log says it. */
  readonly purpose: string;
  /** Where the device has asked for it: what it signed. */
  readonly statement?: Uint8Array;
}

/** What becomes durable with a proposal. */
interface Beside {
  readonly removed: readonly DeviceAddress[];
  readonly store: (transaction: Transaction, place: Place) => Promise<void>;
  readonly acts: (place: Place) => readonly LogAct[];
}

const NOTHING: Beside = { removed: [], store: () => Promise.resolve(), acts: () => [] };
/** Of one process: a list of all channels would help nobody. */
const MOST_WARNINGS = 100;
const OF_ITS_OWN_ACCORD = 'left of its own accord';

/** External Remove proposals (RFC 9420 section 12.1.8): the one thing that the hub may say in a channel, for a reason that members see. */
@Injectable()
export class RemovalProposals {
  /** Channels of which it was said that this hub does not have their key. */
  private readonly without = new Set<ChannelId>();

  constructor(
    private readonly forfeited: ForfeitedMembers,
    private readonly leavings: Leavings,
    private readonly keys: HubKeys,
    private readonly groups: GroupStore,
    private readonly states: ChannelStates,
    private readonly sequencer: Sequencer,
    private readonly log: HubLog,
  ) {}

  /** Proposes to remove every member that has left or forfeited its place and is not proposed yet in this epoch. @returns how many. */
  async make(channel: ChannelId): Promise<number> {
    const forfeited = await this.forfeited.unproposed(channel);
    const leaving = await this.leavings.unproposed(channel);
    const stored = forfeited.length + leaving.length === 0 ? undefined : await this.groups.groupInfo(channel);
    const state = stored && (this.states.remembered(channel, stored.epoch) ?? (await this.states.newest(channel)));
    // A commit came between: whoever ordered it asks again.
    if (stored === undefined || state?.epoch !== stored.epoch) return 0;
    const isOfEpoch = ({ epoch }: { readonly epoch: number }) => epoch === stored.epoch;
    const group = parseGroupInfo(stored.groupInfo);
    const { leaves } = group;
    const key = this.keyIn(group);
    if (key === undefined) {
      this.warnOnce(channel);
      return 0;
    }
    const removals = [
      ...forfeited.filter(isOfEpoch).flatMap(({ device, leaf_index: leafIndex }): Removal[] => {
        const certificate = leaves[leafIndex]?.certificate;
        const purpose = certificate && this.forfeited.purpose(certificate);
        return purpose === undefined ? [] : [{ device, leafIndex, purpose }];
      }),
      ...leaving.filter(isOfEpoch).map((member): Removal => ({ ...member, purpose: OF_ITS_OWN_ACCORD })),
    ];
    await Promise.all(removals.map((removal) => this.propose(state, removal, key)));
    return removals.length;
  }

  /** @returns undefined where it is gone: until a member has put the newest there the hub can propose nothing in this group. */
  keyIn({ externalSenderKey }: Pick<ParsedGroupInfo, 'externalSenderKey'>): SigningKey | undefined {
    return this.keys.externalSender(externalSenderKey);
  }

  private warnOnce(channel: ChannelId): void {
    if (this.without.has(channel) || this.without.size >= MOST_WARNINGS) return;
    this.without.add(channel);
    this.log.warn('A channel names an external sender key that this hub does not have: nobody is removed there.', {
      channel,
    });
  }

  /**
   * The first proposal to remove a member that leaves: with it the membership ends.
   * @param key {@link keyIn} its group.
   * @returns its place; undefined where a commit came between. @throws LiaisonError of the sequencer.
   */
  async ofLeaving(
    state: ChannelState,
    { device, leafIndex }: ChannelMember,
    leaving: LeavingStatement,
    key: SigningKey,
  ): Promise<number | undefined> {
    const { id: channel } = state;
    const statement = encodeLeaving(leaving);
    const removal = { device, leafIndex, purpose: OF_ITS_OWN_ACCORD, statement };
    const outcome = await this.propose(state, removal, key, {
      removed: [device],
      store: (transaction, { seq }) => this.leavings.store(transaction, { channel, device, leafIndex, statement, seq }),
      acts: (place) => [actOfLeaving(leaving, place)],
    });
    if (outcome.kind === 'stored') return outcome.place.seq;
    if (outcome.kind === 'refused' && outcome.error.code !== 'stale-epoch') throw outcome.error;
    return undefined;
  }

  /** What is refused is of an epoch that has ended, or comes again with the next round. */
  private async propose(
    state: ChannelState,
    removal: Removal,
    key: SigningKey,
    beside: Beside = NOTHING,
  ): Promise<Outcome> {
    const { id: channel, epoch, members } = state;
    const { device, leafIndex, purpose, statement } = removal;
    const payload = await proposeRemoval(
      { groupId: utf8(channel), epoch, leafIndex, ...(statement && { authenticatedData: statement }) },
      (message) => signWhole(message, key),
    );
    const reference = await proposalReference(payload);
    return this.ordered({
      type: 'proposal',
      channel,
      epoch,
      members,
      sender: 'hub',
      device,
      purpose,
      payload,
      payloadHash: sha256Node(payload),
      membership: { added: [], removed: beside.removed },
      storeAlongside: async (transaction, place) => {
        await this.groups.storeProposal(transaction, { channel, epoch, leafIndex, reference });
        await beside.store(transaction, place);
      },
      acts: beside.acts,
    });
  }

  private ordered(entry: ProposalEntry): Promise<Outcome> {
    return new Promise((resolve) => {
      this.sequencer.submit({ entry, settle: resolve });
    });
  }
}

function actOfLeaving(statement: LeavingStatement, { seq, at }: Place): LogAct {
  const { channel, device, reason = NO_REASON, leaf, at: leftAt, seq: read, signature } = statement;
  return {
    type: 'channel.left',
    at: new Date(at).toISOString(),
    actor: device,
    subject: { channel, seq, device },
    purpose: reason,
    details: { leaf, leftAt, read, signature },
  };
}
