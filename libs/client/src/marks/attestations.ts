import { hasRole, type ChannelId } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import type { Device } from '../device.js';
import type { Outbox } from '../outbox.js';
import { jsonOf } from '../transaction.js';
import type { RecordDraft } from '../views.js';
import { MARK_KEYS } from './mark-keys.js';
import type { OwedAttestation } from './withdrawn.js';

/** Tells whoever withdrew a record that this device has destroyed it: once, by itself, as soon as it can. */
export class Attestations {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly outbox: Outbox,
  ) {}

  /** @returns whether the outbox has got something to send. */
  async pay(channel: ChannelId): Promise<boolean> {
    const owed = await this.#owed(channel);
    for (const attestation of owed) {
      // In one transaction: neither lost nor said twice, whenever the device stops.
      await this.outbox.queue([draftOf(channel, attestation)], (transaction) => {
        transaction.delete(MARK_KEYS.attestation(channel, attestation.withdrawal));
      });
    }
    return owed.length > 0;
  }

  /** Nothing is sent by itself into a dispute, nor by who may not read there. */
  #owed(channel: ChannelId): Promise<OwedAttestation[]> {
    return this.device.transact(async (transaction) => {
      const entries = await transaction.stored(`${MARK_KEYS.attestations}${channel}/`);
      if (entries.length === 0) return [];
      const known = await this.book.find(transaction, channel);
      const state = known?.state;
      const able =
        state?.membership === 'member' &&
        state.standing === 'good' &&
        hasRole(state.profile, this.device.contactPoint, 'read');
      return able ? entries.map(({ value }) => jsonOf(value) as OwedAttestation) : [];
    });
  }
}

function draftOf(channel: ChannelId, { withdrawal, state, at, classification }: OwedAttestation): RecordDraft {
  return {
    channel,
    kind: 'erasure',
    marking: { classification, handling: [], caveats: [] },
    inReplyTo: withdrawal,
    body: { v: 1, type: 'attestation', state, at },
  };
}
