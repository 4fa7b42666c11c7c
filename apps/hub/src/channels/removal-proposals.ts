import { Injectable } from '@nestjs/common';
import { signWhole } from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import { parseGroupInfo, proposalReference, proposeRemoval } from '#liaison/mls-framing';
import { type ChannelId, utf8 } from '#liaison/protocol';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { Sequencer } from '../records/sequencer.js';
import type { ProposalEntry } from '../records/submission.js';
import type { ChannelState } from './channel-state.js';
import { ChannelStates } from './channel-states.js';
import { ForfeitedMembers, type ForfeitedMember } from './forfeited-members.js';
import { GroupStore } from './group-store.js';

const NOTHING_CHANGES = { added: [], removed: [] } as const;

/** External Remove proposals (RFC 9420 section 12.1.8): the one thing that the hub may say in a channel, for a reason that members see. */
@Injectable()
export class RemovalProposals {
  constructor(
    private readonly forfeited: ForfeitedMembers,
    private readonly keys: HubKeys,
    private readonly groups: GroupStore,
    private readonly states: ChannelStates,
    private readonly sequencer: Sequencer,
  ) {}

  /** Proposes to remove every member that has forfeited its place and is not proposed yet in this epoch. @returns how many. */
  async make(channel: ChannelId): Promise<number> {
    const members = await this.forfeited.unproposed(channel);
    const stored = members.length === 0 ? undefined : await this.groups.groupInfo(channel);
    const state = stored && (this.states.remembered(channel, stored.epoch) ?? (await this.states.newest(channel)));
    // A commit came between: whoever ordered it asks again.
    if (stored === undefined || state?.epoch !== stored.epoch) return 0;
    const { leaves } = parseGroupInfo(stored.groupInfo);
    const proposed = members.flatMap((member) => {
      const certificate = leaves[member.leaf_index]?.certificate;
      const purpose = certificate && this.forfeited.purpose(certificate);
      const isDue = purpose !== undefined && member.epoch === stored.epoch;
      return isDue ? [this.propose(state, member, purpose)] : [];
    });
    await Promise.all(proposed);
    return proposed.length;
  }

  private async propose(state: ChannelState, member: ForfeitedMember, purpose: string): Promise<void> {
    const { id: channel, epoch, members } = state;
    const { device, leaf_index: leafIndex } = member;
    const removal = { groupId: utf8(channel), epoch, leafIndex };
    const payload = await proposeRemoval(removal, (message) => signWhole(message, this.keys.externalSenderKey));
    const reference = await proposalReference(payload);
    await this.ordered({
      type: 'proposal',
      channel,
      epoch,
      members,
      sender: 'hub',
      device,
      purpose,
      payload,
      payloadHash: sha256Node(payload),
      membership: NOTHING_CHANGES,
      storeAlongside: (transaction) => this.groups.storeProposal(transaction, { channel, epoch, leafIndex, reference }),
      acts: () => [],
    });
  }

  /** What is refused is of an epoch that has ended, or comes again with the next round. */
  private ordered(entry: ProposalEntry): Promise<void> {
    return new Promise((resolve) => {
      this.sequencer.submit({
        entry,
        settle: () => {
          resolve();
        },
      });
    });
  }
}
