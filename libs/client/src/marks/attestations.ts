import { hasRole, LiaisonError, type ChannelId } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import { SCRUB_KEY } from '../client-store.js';
import type { Device } from '../device.js';
import type { Outbox } from '../outbox.js';
import type { Transaction } from '../transaction.js';
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
    if (owed.length === 0) return false;
    const drafts = owed.map((attestation) => draftOf(channel, attestation));
    // In one transaction: neither lost nor said twice, whenever the device stops.
    await this.outbox.queue(drafts, async (transaction, results) => {
      const paid = owed
        .filter((_, index) => !(results[index] instanceof LiaisonError))
        .map(({ withdrawal }) => withdrawal);
      const left = (await owedIn(transaction, channel)).filter(({ withdrawal }) => !paid.includes(withdrawal));
      if (left.length > 0) transaction.putJson(MARK_KEYS.attestations(channel), left);
      else transaction.delete(MARK_KEYS.attestations(channel));
    });
    return true;
  }

  /** Nothing is sent by itself into a dispute, nor by who may not read there. */
  #owed(channel: ChannelId): Promise<readonly OwedAttestation[]> {
    return this.device.transact(async (transaction) => {
      const owed = await owedIn(transaction, channel);
      // Not destroyed yet: a crash may have come before the store was rid of it.
      if (owed.length === 0 || (await transaction.get(SCRUB_KEY)) !== undefined) return [];
      const known = await this.book.find(transaction, channel);
      const state = known?.state;
      const able =
        state?.membership === 'member' &&
        state.standing === 'good' &&
        hasRole(state.profile, this.device.contactPoint, 'read');
      return able ? owed : [];
    });
  }
}

async function owedIn(transaction: Transaction, channel: ChannelId): Promise<readonly OwedAttestation[]> {
  return (await transaction.getJson<OwedAttestation[]>(MARK_KEYS.attestations(channel))) ?? [];
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
