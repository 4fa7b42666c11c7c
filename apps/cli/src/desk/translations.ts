import type { ChannelView, LiaisonClient } from '#liaison/client';
import type { RecordId, Translation } from '#liaison/protocol';
import { channelRecords } from './all-records.js';

/** Translations of a record that members of its channel sent in reply. */
export async function translationsOf(
  client: Pick<LiaisonClient, 'records'>,
  channel: Pick<ChannelView, 'id'>,
  record: RecordId,
): Promise<Translation[]> {
  const views = await channelRecords(client, channel);
  return views.flatMap((view) => {
    if (view.outcome !== 'opened' || view.record.header.inReplyTo !== record) return [];
    return view.record.body.type === 'translation' ? [view.record.body.translation] : [];
  });
}
