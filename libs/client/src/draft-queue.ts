import { LiaisonError } from '#liaison/protocol';
import type { Outbox } from './outbox.js';
import type { StoredItem } from './outbox-item.js';
import type { RecordDraft } from './views.js';

interface WaitingDraft {
  readonly draft: RecordDraft;
  readonly settle: (result: StoredItem | LiaisonError) => void;
  readonly fail: (error: unknown) => void;
}

/** Drafts that come while another transaction runs are encrypted together: one write of the MLS state for all. */
export class DraftQueue {
  readonly #drafts: WaitingDraft[] = [];

  constructor(private readonly outbox: Outbox) {}

  add(draft: RecordDraft): Promise<StoredItem> {
    return new Promise((resolve, reject) => {
      const settle = (result: StoredItem | LiaisonError) => {
        if (result instanceof LiaisonError) reject(result);
        else resolve(result);
      };
      this.#drafts.push({ draft, settle, fail: reject });
      if (this.#drafts.length === 1) queueMicrotask(() => void this.#takeAll());
    });
  }

  async #takeAll(): Promise<void> {
    const waiting = this.#drafts.splice(0);
    try {
      const results = await this.outbox.queue(waiting.map(({ draft }) => draft));
      waiting.forEach(({ settle }, index) => {
        const result = results[index];
        if (result !== undefined) settle(result);
      });
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    }
  }
}
