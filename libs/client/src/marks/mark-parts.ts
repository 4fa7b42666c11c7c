import type { ChannelBook } from '../channel-book.js';
import type { Device } from '../device.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { OutboxItem, RecordDraft } from '../views.js';

/** What the acts on marks work with. */
export interface MarkParts {
  readonly device: Device;
  readonly book: ChannelBook;
  readonly trust: TrustKeeper;
  readonly send: (draft: RecordDraft) => Promise<OutboxItem>;
}
