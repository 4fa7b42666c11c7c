import { type ChannelView } from '#liaison/client';
import { type ChannelId, encodeHeader, LiaisonError, type RecordHeader, toBase64url, utf8 } from '#liaison/protocol';
import { headerHash } from '#liaison/crypto';
import { holdings } from './all-records.js';
import type { ErasedRecordView } from './erased-records.js';
import type { Desk } from './open-desk.js';
import { idByPrefix } from './short-ids.js';

/** What is certain of a record, whether its content is still there or was erased. */
export interface StoredPlace {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly header: RecordHeader;
  readonly headerHash: string;
  readonly erased?: ErasedRecordView;
}

/**
 * By the first characters of its id, among what this device holds and what was erased.
 * @throws LiaisonError `not-found`, or `usage` where several records begin so.
 */
export async function findStored(
  { client }: Desk,
  prefix: string,
  channels?: readonly ChannelView[],
): Promise<StoredPlace> {
  const { content, erased } = await holdings(client, channels ?? (await client.channels()));
  const places: StoredPlace[] = [
    ...content.map(({ record: { channel, seq, header, headerHash: hash } }) => ({
      channel,
      seq,
      header,
      headerHash: hash,
    })),
    ...erased.map((each) => ({ ...placeOf(each), erased: each })),
  ];
  const ids = places.map(({ header }) => header.id);
  const id = idByPrefix(ids, prefix, 'record');
  const found = places.find(({ header }) => header.id === id);
  if (found === undefined) throw new LiaisonError('not-found', 'This device knows no such record.');
  return found;
}

function placeOf({ channel, seq, header }: ErasedRecordView): StoredPlace {
  return { channel: channel.id, seq, header, headerHash: toBase64url(headerHash(utf8(encodeHeader(header)))) };
}
