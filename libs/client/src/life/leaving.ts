import { sign } from '#liaison/crypto';
import { leafKeyAt, members, ownLeafIndex, proposedRemovals } from '#liaison/mls-session';
import { faultOfLeaving } from '#liaison/policy';
import {
  type ChannelId,
  contactPointOf,
  leavingSignedBytes,
  type LeavingStatement,
  LiaisonError,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import type { ChannelBook } from '../channel-book.js';
import { type ChannelState, isKeyOfLeaf } from '../channel-state.js';
import type { CommitDesk, MemberChannel } from '../commit-desk.js';
import type { Device } from '../device.js';
import { deviceOf } from '../group-policy.js';
import type { FreshTrust } from '../fresh-trust.js';
import type { Hub } from '../hub.js';
import type { Synchroniser } from '../synchroniser.js';
import type { Departure } from '../views.js';
import type { HubKeyChange } from './hub-key-change.js';
import { LEAVING_CONTEXT } from './hear-leaving.js';

type Refused = NonNullable<ChannelState['leavingRefused']>;

/** This device leaves channels. What it means to do is stored first; done is what the channel's own sequence shows. */
export class Leaving {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly desk: CommitDesk,
    private readonly synchroniser: Synchroniser,
    private readonly hubKey: HubKeyChange,
    private readonly fresh: Pick<FreshTrust, 'refreshRoster'>,
  ) {}

  /**
   * Who has left already has. Where the hub is away it is done with the next round.
   * @throws LiaisonError `not-allowed` (CLI-37) for the last that administers it, and without keys; `unavailable`.
   */
  async leave(id: ChannelId, reason?: string): Promise<void> {
    await this.synchroniser.channel(id);
    if ((await this.synchroniser.state(id))?.left !== undefined) return;
    await this.#catchUpWithHubKey(id);
    await this.device.transact(async (transaction) => {
      const channel = await this.book.openAsMember(transaction, id);
      this.#requireReplaceable(channel);
      const meant = { at: timestampOf(this.device.clock), ...(reason !== undefined && { reason }) };
      this.book.save(transaction, { ...channel, state: { ...channel.state, leaving: channel.state.leaving ?? meant } });
    });
    await this.settle(id);
  }

  /** The hub proposes its removal by the key that the group names, and may have the newest alone: who leaves commits nothing any more. */
  async #catchUpWithHubKey(id: ChannelId): Promise<void> {
    if ((await this.synchroniser.state(id))?.leaving !== undefined) return;
    await this.fresh.refreshRoster();
    await this.hubKey.settle(id);
  }

  /** Finishes what was begun, or takes it back where the hub has refused it. @throws LiaisonError as {@link leave}. */
  async settle(id: ChannelId): Promise<void> {
    await this.desk.finishPending(id);
    const { membership, leavingRefused } = (await this.synchroniser.state(id)) ?? {};
    if (membership === 'member' && leavingRefused !== undefined) throw await this.#stay(id, leavingRefused);
    const statement = await this.device.transact(async (transaction) => {
      const { state, group } = await this.book.open(transaction, id);
      const isDue = state.membership === 'member' && group !== undefined && state.leaving !== undefined;
      return isDue ? this.#signed({ state, group }, state.leaving) : undefined;
    });
    if (statement === undefined) return;
    const { channel: _, device: __, ...body } = statement;
    const outcome = await this.hub.call('leaveChannel', { params: { channel: id }, body });
    if ('refused' in outcome) {
      // Its removal is on its way for another reason: there is nothing to take back, nor to ask for while that stands.
      if (outcome.refused === 'CHN-38') return;
      throw await this.#refused(id, { check: outcome.refused, leaf: statement.leaf });
    }
    await this.synchroniser.channel(id);
    if ((await this.synchroniser.state(id))?.left === undefined)
      throw breach('CLI-43', 'The hub confirmed that this device has left, and the channel does not show it.');
  }

  async #refused(id: ChannelId, refused: Refused): Promise<LiaisonError> {
    await this.device.transact(async (transaction) => {
      const { state, group } = await this.book.open(transaction, id);
      this.book.save(transaction, { state: { ...state, leavingRefused: refused }, group });
    });
    return this.#stay(id, refused);
  }

  /** What it has signed would put it out whenever the hub liked: fresh keys in its leaf first, then it stays. */
  async #stay(id: ChannelId, { check, leaf }: Refused): Promise<LiaisonError> {
    await this.desk.commit(id, async ({ group }, authenticatedData) =>
      isKeyOfLeaf(group, ownLeafIndex(group), leaf)
        ? this.device.mls.commitUpdate(group, { authenticatedData, renewal: this.device.signer })
        : undefined,
    );
    await this.device.transact(async (transaction) => {
      const { state, group } = await this.book.open(transaction, id);
      const { leaving: _never, leavingRefused: _any, ...staying } = state;
      this.book.save(transaction, { state: staying, group });
    });
    return new LiaisonError('not-allowed', WHY[check] ?? 'The hub does not take this for signed by this device.', {
      check,
    });
  }

  /** @throws LiaisonError `not-allowed` CLI-37. */
  #requireReplaceable({ state, group }: MemberChannel): void {
    const going = [ownLeafIndex(group), ...proposedRemovals(group).map(({ leafIndex }) => leafIndex)];
    const staying = members(group).filter(({ leafIndex }) => !going.includes(leafIndex));
    const present = staying.map(({ certificate }) => contactPointOf(deviceOf(certificate)));
    if (faultOfLeaving(state.profile, present) === undefined) return;
    const why = staying.length === 0 ? NOBODY_ELSE : NOBODY_ADMINISTERS;
    throw new LiaisonError('not-allowed', why, { check: 'CLI-37' });
  }

  #signed({ state, group }: MemberChannel, { at, reason }: Departure): LeavingStatement {
    const { address: device, key } = this.device;
    const leaf = toBase64url(leafKeyAt(group, ownLeafIndex(group)) ?? new Uint8Array());
    const said = { at, channel: state.id, device, leaf, seq: state.seq, ...(reason !== undefined && { reason }) };
    return { ...said, signature: toBase64url(sign(LEAVING_CONTEXT, leavingSignedBytes(said), key)) };
  }
}

const NOBODY_ADMINISTERS =
  'You are the last who administers this channel. Hand it over first: liaison channel hand-over.';
const WHY: Readonly<Record<string, string>> = {
  'CHN-16': NOBODY_ADMINISTERS,
  'CHN-40': 'The hub has another key now than this channel names. The next sync puts it there: then leave again.',
};
const NOBODY_ELSE = 'Nobody else is in this channel. Close it and archive it: liaison channel close, channel archive.';
