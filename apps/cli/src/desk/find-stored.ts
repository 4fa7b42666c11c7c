import { type ChannelView } from '#liaison/client';
import { type ChannelId, encodeHeader, LiaisonError, type RecordHeader, toBase64url, utf8 } from '#liaison/protocol';
import { headerHash } from '#liaison/crypto';
import { holdings } from './all-records.js';
import type { UnshownRecord } from './unshown-records.js';
import type { Desk } from './open-desk.js';
import { idByPrefix } from './short-ids.js';

/** The place of a record, whether its content is shown or not. */
export interface StoredPlace {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly header: RecordHeader;
  readonly headerHash: string;
  readonly unshown?: UnshownRecord;
}

/**
 * By the first characters of its id, among what this device holds and what it holds the header of.
 * @throws LiaisonError `not-found`, or `usage` where several records begin so.
 */
export async function findStored(
  { client }: Desk,
  prefix: string,
  channels?: readonly ChannelView[],
): Promise<StoredPlace> {
  const { content, unshown } = await holdings(client, channels ?? (await client.channels()));
  const places: StoredPlace[] = [
    ...content.map(({ record: { channel, seq, header, headerHash: hash } }) => ({
      channel,
      seq,
      header,
      headerHash: hash,
    })),
    ...unshown.map((each) => ({ ...placeOf(each), unshown: each })),
  ];
  const ids = places.map(({ header }) => header.id);
  const id = idByPrefix(ids, prefix, 'record');
  const found = places.find(({ header }) => header.id === id);
  if (found === undefined) throw new LiaisonError('not-found', 'This device knows no such record.');
  return found;
}

function placeOf({ channel, seq, header, withdrawn }: UnshownRecord): StoredPlace {
  const hash = withdrawn?.headerHash ?? toBase64url(headerHash(utf8(encodeHeader(header))));
  return { channel: channel.id, seq, header, headerHash: hash };
}
