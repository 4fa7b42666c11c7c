import type { ChannelView, FailureCard, RecordView } from '#liaison/client';
import type { RecordHeader } from '#liaison/protocol';

/** A record whose content was erased after its review: its header, and who had it erased and why. */
export interface ErasedRecordView {
  readonly channel: ChannelView;
  readonly seq: number;
  readonly header: RecordHeader;
  readonly card: FailureCard;
}

export function isErased(
  view: RecordView,
): view is Extract<RecordView, { outcome: 'failed' }> & { header: RecordHeader } {
  return view.outcome === 'failed' && view.header !== undefined && view.card.check === 'CLI-53';
}
