import type { ChannelView, FailureCard, OpenedRecord, RecordView } from '#liaison/client';
import type { ContentBody, RecordHeader } from '#liaison/protocol';

export type FailedView = Extract<RecordView, { outcome: 'failed' }>;

/** A record that is not shown like others: its header, what became of it and why. */
export interface UnshownRecord {
  readonly channel: ChannelView;
  readonly seq: number;
  readonly header: RecordHeader;
  readonly card: FailureCard;
  readonly withdrawn?: FailedView['withdrawn'];
  /** Marks were found against it later: what it says is shown beneath a warning only. */
  readonly disputed?: OpenedRecord & { readonly body: ContentBody };
}

/** Erased by retention after its review. */
export function isErased(view: RecordView): view is FailedView & { header: RecordHeader } {
  return view.outcome === 'failed' && view.header !== undefined && view.card.check === 'CLI-53';
}

/** @returns undefined for what came without a header that can be read. */
export function unshown(channel: ChannelView, { seq, header, card, withdrawn, disputed }: FailedView) {
  if (header === undefined) return undefined;
  const content = disputed?.body.type === 'content' ? { ...disputed, body: disputed.body } : undefined;
  const record: UnshownRecord = {
    channel,
    seq,
    header,
    card,
    ...(withdrawn && { withdrawn }),
    ...(content && { disputed: content }),
  };
  return record;
}
