import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { parseGroupInfo } from '#liaison/mls-framing';
import { faultOfLeaving } from '#liaison/policy';
import {
  type ChannelId,
  type Clock,
  contactPointOf,
  equalBytes,
  type LeavingOutcome,
  type LeavingRequest,
  type LeavingStatement,
  leavingSignedBytes,
  LiaisonError,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { isSignedBy } from '../custody/signed-act.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { absent } from '../records/batch-plan.js';
import { ChannelAccess, isMember, type ReadableChannel } from './channel-access.js';
import { type ChannelMember, type ChannelState, withoutMembers } from './channel-state.js';
import { ChannelStates } from './channel-states.js';
import { decodeField } from './decode-field.js';
import { GroupStore } from './group-store.js';
import { Leavings } from './leavings.js';
import { asOnlyProposer } from './only-proposer.js';
import { RemovalProposals } from './removal-proposals.js';

/** How often it is tried while commits come between. */
const ROUNDS = 10;

const NOT_SIGNED: LeavingOutcome = { refused: 'CHN-37' };
const IS_PROPOSED: LeavingOutcome = { refused: 'CHN-38' };
const NOBODY_ADMINISTERS: LeavingOutcome = { refused: 'CHN-16' };
const CANNOT_PROPOSE: LeavingOutcome = { refused: 'CHN-40' };

/** Devices that leave a channel: each gets nothing more from the moment that its leaving is durable. */
@Injectable()
export class LeavingDesk {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: ChannelAccess,
    private readonly groups: GroupStore,
    private readonly leavings: Leavings,
    private readonly proposals: RemovalProposals,
    private readonly states: ChannelStates,
  ) {}

  /**
   * Who has left already is answered as the first time.
   * Refuses: CHN-37 not signed by the caller over the leaf that it has; CHN-16 nobody would administer the channel any more;
   * CHN-38 its removal is proposed in this epoch already, for another reason; CHN-40 the group names a key that this hub does not have.
   * @throws LiaisonError `not-found` (CHN-10), `try-again`, and what the sequencer throws.
   */
  async leave(caller: AuthenticatedDevice, channel: ChannelId, request: LeavingRequest): Promise<LeavingOutcome> {
    const readable = await this.access.readable(caller, channel);
    const statement: LeavingStatement = { ...request, channel, device: caller.device };
    if (!this.isSigned(caller, statement) || !isOfNow(readable, request)) return NOT_SIGNED;
    // One after the other, so that two administrators who leave at once do not both count on the other.
    const turn = this.last.then(() => asOnlyProposer(this.pool, () => this.leaveNow(statement)));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async leaveNow(statement: LeavingStatement): Promise<LeavingOutcome> {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const outcome = await this.tried(statement);
      if (outcome !== undefined) return outcome;
    }
    throw new LiaisonError('try-again', 'Others keep changing this channel at the same time. Try again in a moment.', {
      retryAfterMs: 1000,
    });
  }

  /** @returns undefined where a commit came between. */
  private async tried(statement: LeavingStatement): Promise<LeavingOutcome | undefined> {
    const { channel, device } = statement;
    const done = await this.leavings.placeOf(channel, device);
    if (done !== undefined) return { channel, seq: done };
    const stored = await this.groups.groupInfo(channel);
    // What was being loaded already may be from before another's leaving.
    const newest = await this.states.newest(channel);
    const state = newest && withoutMembers(newest, await this.leavings.open(channel));
    const member = state?.members.get(device);
    if (stored === undefined || state === undefined || member === undefined) throw absent();
    if (stored.epoch !== state.epoch) return undefined;
    const group = parseGroupInfo(stored.groupInfo);
    const leaf = group.leaves[member.leafIndex];
    if (!leaf || !equalBytes(leaf.encryptionKey, decodeField(statement.leaf))) return NOT_SIGNED;
    // Members verify it by the leaf: the device may have signed in with a newer certificate, for another key.
    if (!this.isSigned({ publicKey: leaf.signatureKey }, statement)) return NOT_SIGNED;
    if (await this.isProposed(state, member)) return IS_PROPOSED;
    const after = withoutMembers(state, new Set([device]));
    if (faultOfLeaving(state.profile, [...after.members.keys()].map(contactPointOf)) !== undefined)
      return NOBODY_ADMINISTERS;
    const key = this.proposals.keyIn(group);
    if (key === undefined) return CANNOT_PROPOSE;
    const seq = await this.proposals.ofLeaving(state, member, statement, key);
    if (seq === undefined) return undefined;
    this.states.remember(after);
    return { channel, seq };
  }

  private isSigned(by: Pick<AuthenticatedDevice, 'publicKey'>, statement: LeavingStatement): boolean {
    const at = { signed: leavingSignedBytes(statement), now: this.clock.now() };
    return isSignedBy(by, 'channel-leaving', statement, at);
  }

  /** No leaf is proposed twice in an epoch: it would undo the batch of everybody. */
  private async isProposed({ id, epoch }: ChannelState, { leafIndex }: ChannelMember): Promise<boolean> {
    return [...(await this.groups.proposals(id, epoch)).values()].includes(leafIndex);
  }
}

/** Signed while the device was a member, this time. */
function isOfNow(readable: ReadableChannel, { seq }: LeavingRequest): boolean {
  if (!isMember(readable)) return true;
  return seq >= (readable.intervals.at(-1)?.from ?? 0) && seq <= readable.lastSeq;
}
