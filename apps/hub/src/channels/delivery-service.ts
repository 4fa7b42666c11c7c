import { Inject, Injectable } from '@nestjs/common';
import { CHAIN_START, parseDeviceCertificate } from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import {
  groupChange,
  parseCommit,
  parseGroupInfo,
  parseWelcome,
  validateKeyPackage,
  verifyCommitSignature,
  verifyGroupInfo,
  verifyGroupInfoFollows,
  type ParsedCommitMessage,
  type ParsedGroupInfo,
} from '#liaison/mls-framing';
import {
  contactPointOf,
  equalBytes,
  fromUtf8,
  LiaisonError,
  newId,
  ChannelId,
  type Clock,
  type CommitReceipt,
  type DeviceAddress,
  type RandomSource,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { CLOCK, RANDOM } from '../ports.js';
import { absent, staleEpoch } from '../records/batch-plan.js';
import { Sequencer } from '../records/sequencer.js';
import type { CommitEntry, Place } from '../records/submission.js';
import { RosterService } from '../roster/roster.service.js';
import { type ChannelMember, type ChannelState, withoutMembers } from './channel-state.js';
import { ChannelStates } from './channel-states.js';
import { commitActs } from './commit-acts.js';
import {
  requireLawfulAct,
  requireLawfulAdditions,
  requireLawfulRules,
  requireOwnCommit,
  requireResult,
  requireWelcomeFor,
  type AddedMember,
  type CommitContext,
} from './commit-rules.js';
import { purposeOf } from './rule-acts.js';
import { requireLawfulCreation } from './creation-rules.js';
import { Leavings } from './leavings.js';
import { RemovalRounds } from './removal-rounds.js';
import { GroupStore, membersOf, type CommitEffects } from './group-store.js';

/** A commit as bytes, with the Welcome for those it adds and the GroupInfo of the epoch it makes. */
export interface CommitBytes {
  readonly commit: Uint8Array;
  readonly welcome?: Uint8Array;
  readonly groupInfo: Uint8Array;
}

/** The MLS Delivery Service (RFC 9750 section 5): one total order of commits for each group. */
@Injectable()
export class DeliveryService {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: RandomSource,
    private readonly rosters: RosterService,
    private readonly standing: DeviceStanding,
    private readonly groups: GroupStore,
    private readonly states: ChannelStates,
    private readonly sequencer: Sequencer,
    private readonly removals: RemovalRounds,
    private readonly leavings: Leavings,
  ) {}

  /**
   * Safe to repeat: the creator that sends the same GroupInfo again is answered as the first time.
   * @throws LiaisonError as {@link requireLawfulCreation}; `conflict` (CHN-09) where the id is taken.
   */
  async create(creator: AuthenticatedDevice, groupInfo: Uint8Array): Promise<ChannelId> {
    const group = await verifyGroupInfo(groupInfo);
    const roster = this.rosters.required();
    const known = await this.knownCreation(group, creator, groupInfo);
    if (known !== undefined) return known;
    const community = { contactPoints: roster, externalSenderKey: roster.externalSenderKey };
    const id = requireLawfulCreation(group, creator, community);
    const member = { device: creator.device, leafIndex: 0, signatureKey: creator.publicKey };
    const state = { id, epoch: 0, profile: group.profile, members: new Map([[creator.device, member]]) };
    const created = await this.groups.create(state, { groupInfo, chain: CHAIN_START, at: this.clock.now() }, member);
    if (created) this.states.remember(state);
    else await this.requireSameCreation(state, creator, groupInfo);
    return id;
  }

  /** What was lawful when it came in is answered alike, whatever roster has come since. */
  private async knownCreation(
    { groupId }: ParsedGroupInfo,
    creator: AuthenticatedDevice,
    groupInfo: Uint8Array,
  ): Promise<ChannelId | undefined> {
    const id = ChannelId.safeParse(fromUtf8(groupId)).data;
    return id !== undefined && (await this.isSameCreation(id, creator, groupInfo)) ? id : undefined;
  }

  private async isSameCreation(id: ChannelId, creator: AuthenticatedDevice, groupInfo: Uint8Array): Promise<boolean> {
    const stored = await this.groups.groupInfo(id);
    if (stored?.epoch !== 0 || !equalBytes(stored.groupInfo, groupInfo)) return false;
    return (await this.states.newest(id))?.members.has(creator.device) === true;
  }

  private async requireSameCreation(
    { id }: ChannelState,
    creator: AuthenticatedDevice,
    groupInfo: Uint8Array,
  ): Promise<void> {
    if (await this.isSameCreation(id, creator, groupInfo)) return;
    throw new LiaisonError('conflict', 'This channel id is taken. Create the channel under a new id.', {
      check: 'CHN-09',
    });
  }

  /**
   * Orders a commit. The same bytes again are answered with the first receipt.
   * @throws LiaisonError `not-found` (CHN-10), `stale-epoch` (REC-05), `malformed`, `not-allowed`, `bad-signature`, `integrity`
   * (CHN-11 to CHN-29, CHN-39 and the FRM checks of libs/mls-framing), and what the sequencer throws.
   */
  async commit(caller: AuthenticatedDevice, channel: ChannelId, bytes: CommitBytes): Promise<CommitReceipt> {
    const payloadHash = sha256Node(bytes.commit);
    try {
      const effects = await this.judged(caller, channel, bytes);
      const place = await this.ordered(caller, bytes.commit, payloadHash, effects);
      this.lookAgain(effects);
      await this.keepOut(effects.state);
      return receiptOf(effects.state, place, false);
    } catch (error) {
      const isOver = error instanceof LiaisonError && (error.code === 'stale-epoch' || error.code === 'not-found');
      const stored = isOver ? await this.groups.storedCommit(channel, caller.device, payloadHash) : undefined;
      if (stored === undefined) throw error;
      return receiptOf({ id: channel, epoch: stored.epoch }, stored, true);
    }
  }

  /** What the commit would do, once every check has passed that public data allow. */
  private async judged(caller: AuthenticatedDevice, channel: ChannelId, bytes: CommitBytes): Promise<CommitEffects> {
    const { state, before } = await this.current(caller, channel);
    const message = parseCommit(bytes.commit);
    if (fromUtf8(message.groupId) !== channel) throw otherGroup();
    if (message.epoch !== state.epoch) throw staleEpoch(state.epoch);
    const context = await this.contextOf({ caller, state, before }, message);
    const ownLeaf = requireOwnCommit(message, context);
    await verifyCommitSignature(bytes.commit, before);
    requireLawfulAct(message.content, ownLeaf, context);
    const added = await this.additions(message, bytes.welcome, context);
    requireLawfulRules(message.content, context);
    const after = await verifyGroupInfo(bytes.groupInfo);
    await verifyGroupInfoFollows(bytes.commit, before, after);
    requireResult(message, ownLeaf, added, after, context);
    const why = purposeOf(message.authenticatedData);
    return {
      ...this.effectsOf({ state, before }, after, bytes, added),
      purpose: groupChange(message.content, before),
      why,
    };
  }

  /** Read anew for each commit: GroupInfo and members have to be of one epoch. */
  private async current(
    caller: AuthenticatedDevice,
    channel: ChannelId,
  ): Promise<{ state: ChannelState; before: ParsedGroupInfo }> {
    const stored = await this.groups.groupInfo(channel);
    const state = stored && (this.states.remembered(channel, stored.epoch) ?? (await this.states.newest(channel)));
    const staying = state && withoutMembers(state, await this.leavings.open(channel));
    if (stored === undefined || staying?.members.has(caller.device) !== true) throw absent();
    if (staying.epoch !== stored.epoch) throw staleEpoch(staying.epoch);
    return { state: staying, before: parseGroupInfo(stored.groupInfo) };
  }

  private async contextOf(
    known: Pick<CommitContext, 'caller' | 'state' | 'before'>,
    { content, epoch }: ParsedCommitMessage,
  ): Promise<CommitContext> {
    const { standing } = this;
    const contactPoints = this.rosters.required();
    const { externalSenderKey } = contactPoints;
    const proposals =
      content.references.length === 0 ? new Map<string, number>() : await this.groups.proposals(known.state.id, epoch);
    return { ...known, standing, contactPoints, externalSenderKey, proposals };
  }

  private async additions(
    { content }: ParsedCommitMessage,
    welcome: Uint8Array | undefined,
    context: CommitContext,
  ): Promise<readonly AddedMember[]> {
    const at = this.clock.now();
    const keyPackages = await Promise.all(content.adds.map(({ keyPackage }) => validateKeyPackage(keyPackage, { at })));
    const added = requireLawfulAdditions(keyPackages, context);
    requireWelcomeFor(added, welcome === undefined ? [] : parseWelcome(welcome).keyPackageReferences);
    return added;
  }

  private effectsOf(
    { state: before, before: groupBefore }: Pick<CommitContext, 'state' | 'before'>,
    after: ParsedGroupInfo,
    { groupInfo, welcome }: CommitBytes,
    added: readonly AddedMember[],
  ): Omit<CommitEffects, 'purpose' | 'why'> {
    const isAdded = new Set(added.map(({ device }) => device));
    const inGroup = membersOf(after, (certificate) => parseDeviceCertificate(certificate).device);
    // Who has left is in the group until its removal is committed, and no member.
    const members = new Map([...inGroup].filter(([device]) => before.members.has(device) || isAdded.has(device)));
    const emptied = [...groupBefore.leaves.keys()].filter((index) => groupBefore.leaves[index] && !after.leaves[index]);
    const removed = [...before.members.keys()].filter((device) => !members.has(device));
    const emptiedLeaves = emptied.flatMap((index) => groupBefore.leaves[index] ?? []);
    const out = emptiedLeaves.map(({ certificate }) => parseDeviceCertificate(certificate).device);
    return {
      state: { id: before.id, epoch: after.epoch, profile: after.profile, members },
      before: before.profile,
      groupInfo,
      members: before.members,
      removed,
      gone: [...new Set([...removed, ...out.filter((device) => !inGroup.has(device))])],
      emptied,
      added: [...members.values()].filter(({ device }) => isAdded.has(device)),
      changed: [...members.values()].filter((member) => hasChanged(before.members.get(member.device), member)),
      ...(welcome === undefined ? {} : { welcome: { id: newId(this.clock, this.random), bytes: welcome } }),
    };
  }

  /** Whoever lost its standing between the judgement of the commit and its place was a member of nothing when that was looked at. */
  private lookAgain({ added, groupInfo }: CommitEffects): void {
    if (added.length === 0) return;
    const { leaves } = parseGroupInfo(groupInfo);
    const fallen = added.filter(({ leafIndex }) => {
      const leaf = leaves[leafIndex];
      return leaf !== undefined && leaf !== null && this.standing.check(leaf.certificate).outcome !== 'ok';
    });
    this.removals.look(fallen.map(({ device }) => contactPointOf(device)));
  }

  /** Who left between the judgement of the commit and its place is no member; whoever is in the group still is proposed again. */
  private async keepOut(state: ChannelState): Promise<void> {
    // What cannot be looked at now does not make an ordered commit fail: the channel's lock keeps them out, and the rounds come by.
    const leaving = await this.leavings.open(state.id).catch(() => new Set<DeviceAddress>());
    if (leaving.size === 0) return;
    this.states.remember(withoutMembers(state, leaving));
    this.removals.lookAgainAt([state.id]);
  }

  private ordered(
    caller: AuthenticatedDevice,
    payload: Uint8Array,
    payloadHash: Uint8Array,
    effects: CommitEffects,
  ): Promise<Place> {
    const { state, members, added, removed } = effects;
    const entry: CommitEntry = {
      type: 'commit',
      channel: state.id,
      epoch: state.epoch - 1,
      members,
      sender: caller.device,
      payload,
      payloadHash,
      membership: { added: added.map(({ device }) => device), removed },
      storeAlongside: (transaction, place) => this.groups.storeCommit(transaction, effects, place),
      acts: (place) => commitActs(effects, caller.device, place),
    };
    return new Promise((resolve, reject) => {
      this.sequencer.submit({
        entry,
        settle: (outcome) => {
          if (outcome.kind === 'stored') {
            this.states.remember(state);
            this.removals.lookAt(state.id, state.members);
            resolve(outcome.place);
          } else reject(outcome.kind === 'refused' ? outcome.error : absent());
        },
      });
    });
  }
}

function hasChanged(before: ChannelMember | undefined, after: ChannelMember): boolean {
  return (
    before !== undefined &&
    (before.leafIndex !== after.leafIndex || !equalBytes(before.signatureKey, after.signatureKey))
  );
}

function receiptOf(
  { id, epoch }: Pick<ChannelState, 'id' | 'epoch'>,
  { seq, at }: Pick<Place, 'seq' | 'at'>,
  duplicate: boolean,
): CommitReceipt {
  return { channel: id, seq, epoch, storedAt: new Date(at).toISOString(), duplicate };
}

function otherGroup(): LiaisonError {
  return new LiaisonError('malformed', 'The commit is for another channel.', { check: 'CHN-11' });
}
