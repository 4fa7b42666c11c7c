import type { Pool } from 'pg';
import type { GroupChange, ParsedGroupInfo } from '#liaison/mls-framing';
import type { ChannelId, ChannelProfile, DeviceAddress } from '#liaison/protocol';
import { inTransaction } from '../database/in-transaction.js';
import type { LogAppender } from '../log/log-appender.js';
import type { EpochMembers, Place, Transaction } from '../records/submission.js';
import type { ChannelMember, ChannelState } from './channel-state.js';

/** What a commit leaves behind, beside its place in the sequence. */
export interface CommitEffects {
  readonly purpose: GroupChange;
  readonly state: ChannelState;
  /** The rules of the epoch that it ends. */
  readonly before: ChannelProfile;
  /** In the words of the committer. */
  readonly why: string | undefined;
  readonly groupInfo: Uint8Array;
  /** Those of the epoch that it ends. */
  readonly members: EpochMembers;
  readonly removed: readonly DeviceAddress[];
  /** Who is in the group no more: those removed, and whose membership had ended by a leaving that the commit carries out. */
  readonly gone: readonly DeviceAddress[];
  readonly added: readonly ChannelMember[];
  /** Leaf indexes that hold nobody any more. */
  readonly emptied: readonly number[];
  /** Members whose leaf or key is another now. */
  readonly changed: readonly ChannelMember[];
  readonly welcome?: { readonly id: string; readonly bytes: Uint8Array };
}

/** A removal that the hub has proposed, with its ProposalRef. */
export interface RemovalProposal {
  readonly channel: ChannelId;
  readonly epoch: number;
  readonly leafIndex: number;
  readonly reference: string;
}

const CLOSE = `
  UPDATE channel_memberships SET until_seq = $3 WHERE channel = $1 AND device = ANY ($2) AND until_seq IS NULL`;
/** A Welcome for a membership that is over opens nothing that the device may have. */
const FORGET_WELCOMES = `
  DELETE FROM welcome_recipients r USING welcomes w WHERE w.id = r.welcome AND w.channel = $1 AND r.device = ANY ($2)`;
const OUT_OF_THE_GROUP = `
  UPDATE channel_leavings SET removed_seq = $3
  WHERE channel = $1 AND leaf_index = ANY ($2::int4[]) AND removed_seq IS NULL`;
const CHANGE = `
  UPDATE channel_memberships SET leaf_index = $3, signature_key = $4
  WHERE channel = $1 AND device = $2 AND until_seq IS NULL`;
const OPEN = `
  INSERT INTO channel_memberships (channel, device, from_seq, leaf_index, signature_key)
  SELECT $1, device, $2, leaf_index, signature_key
  FROM unnest($3::text[], $4::int4[], $5::bytea[]) AS added (device, leaf_index, signature_key)`;
const GROUP = `UPDATE channel_groups SET profile = $2, ceiling = $3, group_info = $4 WHERE channel = $1`;
const PROPOSAL = `
  INSERT INTO removal_proposals (channel, epoch, leaf_index, reference) VALUES ($1, $2, $3, $4)`;
const WELCOME = `
  WITH welcome AS (INSERT INTO welcomes (id, channel, seq, epoch, welcome) VALUES ($1, $2, $3, $4, $5) RETURNING id)
  INSERT INTO welcome_recipients (welcome, device) SELECT id, device FROM welcome, unnest($6::text[]) AS device`;

/** The group of every channel in its newest epoch: GroupInfo, profile, members. */
export class GroupStore {
  constructor(
    private readonly pool: Pool,
    private readonly appender: LogAppender,
  ) {}

  /** @returns false where the channel exists already. */
  async create(
    state: ChannelState,
    group: { readonly groupInfo: Uint8Array; readonly chain: Uint8Array; readonly at: number },
    creator: ChannelMember,
  ): Promise<boolean> {
    const created = await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO channels (id, epoch, last_seq, chain, created_at, created_by) VALUES ($1, 0, 0, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
        [state.id, Buffer.from(group.chain), new Date(group.at), creator.device],
      );
      if (rowCount === 0) return false;
      await client.query('INSERT INTO channel_groups (channel, profile, ceiling, group_info) VALUES ($1, $2, $3, $4)', [
        state.id,
        state.profile,
        state.profile.ceiling,
        Buffer.from(group.groupInfo),
      ]);
      await open(client, state.id, [creator], 0);
      const at = new Date(group.at).toISOString();
      const subject = { channel: state.id };
      await this.appender.append(client, [{ type: 'channel.created', at, actor: creator.device, subject }]);
      return true;
    });
    if (created) this.appender.committed();
    return created;
  }

  async groupInfo(channel: ChannelId): Promise<{ readonly epoch: number; readonly groupInfo: Buffer } | undefined> {
    const { rows } = await this.pool.query<{ epoch: number; group_info: Buffer }>(
      `SELECT c.epoch::float8 AS epoch, g.group_info FROM channels c JOIN channel_groups g ON g.channel = c.id WHERE c.id = $1`,
      [channel],
    );
    return rows[0] && { epoch: rows[0].epoch, groupInfo: rows[0].group_info };
  }

  /** Where this commit of this device is stored already, which it is not told of another's. */
  async storedCommit(
    channel: ChannelId,
    committer: DeviceAddress,
    payloadHash: Uint8Array,
  ): Promise<{ readonly seq: number; readonly epoch: number; readonly at: number } | undefined> {
    const { rows } = await this.pool.query<{ seq: number; epoch: number; at: Date }>(
      `SELECT seq::float8 AS seq, epoch::float8 + 1 AS epoch, at FROM channel_events
       WHERE channel = $1 AND payload_hash = $2 AND type = 'commit' AND sender = $3`,
      [channel, Buffer.from(payloadHash), committer],
    );
    return rows[0] && { ...rows[0], at: rows[0].at.getTime() };
  }

  /** The removals that the hub has proposed in an epoch: leaf indexes by ProposalRef. */
  async proposals(channel: ChannelId, epoch: number): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.pool.query<{ reference: string; leaf_index: number }>(
      'SELECT reference, leaf_index FROM removal_proposals WHERE channel = $1 AND epoch = $2',
      [channel, epoch],
    );
    return new Map(rows.map(({ reference, leaf_index: leafIndex }) => [reference, leafIndex]));
  }

  /** Part of the sequencer's transaction. */
  async storeProposal(transaction: Transaction, proposal: RemovalProposal): Promise<void> {
    const { channel, epoch, leafIndex, reference } = proposal;
    await transaction.query(PROPOSAL, [channel, epoch, leafIndex, reference]);
  }

  /** Part of the sequencer's transaction: under the lock of the channel. */
  async storeCommit(transaction: Transaction, effects: CommitEffects, { seq }: Place): Promise<void> {
    const { state, groupInfo, removed, emptied, added, changed, welcome } = effects;
    if (emptied.length > 0) await transaction.query(OUT_OF_THE_GROUP, [state.id, emptied, seq]);
    if (removed.length > 0) {
      await transaction.query(CLOSE, [state.id, removed, seq]);
      await transaction.query(FORGET_WELCOMES, [state.id, removed]);
    }
    for (const { device, leafIndex, signatureKey } of changed) {
      await transaction.query(CHANGE, [state.id, device, leafIndex, Buffer.from(signatureKey)]);
    }
    if (added.length > 0) await open(transaction, state.id, added, seq);
    const { profile } = state;
    await transaction.query(GROUP, [state.id, profile, profile.ceiling, Buffer.from(groupInfo)]);
    if (welcome === undefined) return;
    const recipients = added.map(({ device }) => device);
    const values = [welcome.id, state.id, seq, state.epoch, Buffer.from(welcome.bytes), recipients];
    await transaction.query(WELCOME, values);
  }
}

async function open(
  transaction: Transaction,
  channel: ChannelId,
  members: readonly ChannelMember[],
  seq: number,
): Promise<void> {
  await transaction.query(OPEN, [
    channel,
    seq,
    members.map(({ device }) => device),
    members.map(({ leafIndex }) => leafIndex),
    members.map(({ signatureKey }) => Buffer.from(signatureKey)),
  ]);
}

/** The members of a group, by device. */
export function membersOf(
  group: Pick<ParsedGroupInfo, 'leaves'>,
  deviceOf: (certificate: Uint8Array) => DeviceAddress,
): Map<DeviceAddress, ChannelMember> {
  const members = new Map<DeviceAddress, ChannelMember>();
  for (const [leafIndex, leaf] of group.leaves.entries()) {
    if (leaf === null) continue;
    const device = deviceOf(leaf.certificate);
    members.set(device, { device, leafIndex, signatureKey: leaf.signatureKey });
  }
  return members;
}
