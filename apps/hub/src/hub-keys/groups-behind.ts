import type pg from 'pg';
import { parseGroupInfo } from '#liaison/mls-framing';
import { type ChannelId, equalBytes } from '#liaison/protocol';

/** A GroupInfo of a channel with 250 members has some hundred kilobytes. */
const PAGE = 50;

/** Channels with members, in the order of their ids, whose group names another external sender key. @param key 32 bytes, Ed25519. */
export async function groupsBehind(client: Pick<pg.Client, 'query'>, key: Uint8Array): Promise<ChannelId[]> {
  const behind: ChannelId[] = [];
  for (let after: ChannelId | undefined, more = true; more;) {
    const { rows } = await client.query<{ channel: ChannelId; group_info: Buffer }>(
      `SELECT g.channel, g.group_info FROM channel_groups g
       WHERE ($1::uuid IS NULL OR g.channel > $1::uuid)
         AND EXISTS (SELECT FROM channel_memberships m WHERE m.channel = g.channel AND m.until_seq IS NULL)
       ORDER BY g.channel LIMIT $2`,
      [after ?? null, PAGE],
    );
    for (const { channel, group_info: groupInfo } of rows)
      if (!equalBytes(parseGroupInfo(groupInfo).externalSenderKey, key)) behind.push(channel);
    after = rows.at(-1)?.channel;
    more = rows.length === PAGE;
  }
  return behind;
}
