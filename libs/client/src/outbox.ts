import {
  type ChannelId,
  decodeHeader,
  LiaisonError,
  newId,
  type Receipt,
  RecordId,
  timestampOf,
} from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { withAudience } from './audience.js';
import { breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import type { MemberChannel } from './commit-desk.js';
import { canEncrypt, keysUsedUp, type OpenChannel } from './channel-state.js';
import type { Device } from './device.js';
import { requireSendable } from './draft-rules.js';
import { encryptRecord, headerFor } from './encrypt-record.js';
import { whyNotEncrypt } from './forfeited-leaves.js';
import { contactPointsOf } from './group-policy.js';
import { KEYS } from './keys.js';
import type { SendingMarks } from './marks/sending-marks.js';
import { awaitProof } from './log/receipt-proofs.js';
import {
  type Attempt,
  failForNoMember,
  MADE_OF_WITHDRAWN,
  openItemsOf,
  saveItem,
  type StoredItem,
} from './outbox-item.js';
import { postingFault } from './posting-fault.js';
import { promiseKept } from './receipts.js';
import { jsonOf, type Transaction } from './transaction.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { RecordDraft } from './views.js';

/** How a submission ended, told to {@link Outbox.settle}. */
export interface Submitted {
  readonly id: RecordId;
  readonly answer: Receipt | LiaisonError;
}

/** Errors after which the same envelope may still be stored: it stays in the outbox and is sent again as it is. */
const TRANSIENT = new Set(['unavailable', 'try-again', 'unauthenticated', 'internal', 'stale-epoch', 'integrity']);

/**
 * Records on their way: queued → sending → stored, or failed. What leaves the device is stored first, together with the MLS state
 * that it used up, so after a crash the same bytes are sent again and no key is ever used twice.
 */
export class Outbox {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly hasLooked: (channel: ChannelId) => boolean,
    private readonly marks: SendingMarks,
    private readonly trust: TrustKeeper,
  ) {}

  /**
   * Stores drafts, encrypted where the channel allows it now. One transaction, one write of each channel's MLS state.
   * @param also what is stored in the same transaction, by what became of each draft.
   */
  async queue(
    drafts: readonly RecordDraft[],
    also?: (transaction: Transaction, results: readonly (StoredItem | LiaisonError)[]) => Promise<void>,
  ): Promise<(StoredItem | LiaisonError)[]> {
    return this.device.transact(async (transaction) => {
      const channels = new Map<ChannelId, MemberChannel>();
      const results: (StoredItem | LiaisonError)[] = [];
      for (const draft of drafts)
        results.push(await this.#queueOne(transaction, channels, draft).catch(asLiaisonError));
      for (const channel of channels.values()) this.book.save(transaction, channel);
      await also?.(transaction, results);
      return results;
    });
  }

  async #queueOne(
    transaction: Transaction,
    channels: Map<ChannelId, MemberChannel>,
    asked: RecordDraft,
  ): Promise<StoredItem> {
    const channel = channels.get(asked.channel) ?? (await this.book.openAsMember(transaction, asked.channel));
    const id = asked.id ?? RecordId.parse(newId(this.device.clock, this.device.random));
    const { state } = channel;
    const draft = withAudience(asked, state.profile, (released) => headerFor(this.device, id, released, state));
    requireSendable(this.device, id, draft, channel);
    await this.marks.require(transaction, id, draft, channel);
    const item: StoredItem = {
      v: 1,
      id,
      channel: draft.channel,
      kind: draft.kind,
      state: 'queued',
      queuedAt: timestampOf(this.device.clock),
      draft,
      attempts: [],
    };
    const waiting = await this.#waits(transaction, channel, item);
    const stored = waiting ?? (this.#canEncrypt(channel) ? await this.#encrypt(channel, item) : item);
    channels.set(draft.channel, channel);
    saveItem(transaction, stored);
    return stored;
  }

  /** Items of a channel that have to be submitted, in order, each encrypted for the channel's present epoch where it was not yet. */
  async due(): Promise<Map<ChannelId, StoredItem[]>> {
    return this.device.transact(async (transaction) => {
      const due = new Map<ChannelId, StoredItem[]>();
      for (const { value } of await transaction.stored(KEYS.openItems)) {
        const item = jsonOf(value) as StoredItem;
        if (item.state === 'stored') continue;
        due.set(item.channel, [...(due.get(item.channel) ?? []), item]);
      }
      return due;
    });
  }

  /**
   * Encrypts what has no envelope for the channel's epoch. An item whose envelope may have been stored in this epoch keeps it.
   * @returns the items that can be submitted now.
   */
  async prepare(id: ChannelId): Promise<StoredItem[]> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.find(transaction, id);
      const ready: StoredItem[] = [];
      if (channel === undefined) return ready;
      for (const item of await openItemsOf(transaction, id)) {
        const prepared = await this.#prepareOne(transaction, channel, item);
        if (prepared !== undefined) ready.push(prepared);
      }
      this.book.save(transaction, channel);
      return ready;
    });
  }

  async #prepareOne(transaction: Transaction, channel: OpenChannel, item: StoredItem): Promise<StoredItem | undefined> {
    if (channel.state.membership === 'removed') {
      failForNoMember(transaction, channel.state, item);
      return;
    }
    // An envelope of this epoch may have been made with a key that had been used: nobody else could open it.
    if (keysUsedUp(channel.state)) return undefined;
    const waiting = await this.#waits(transaction, channel, item);
    if (waiting !== undefined) {
      if (waiting.problem?.message !== item.problem?.message) saveItem(transaction, waiting);
      return undefined;
    }
    if (item.attempts.at(-1)?.epoch === channel.state.epoch) return item;
    if (!this.#canEncrypt(channel)) return undefined;
    // The epoch of its last attempt was read to its end, and did not show it: it was never stored.
    if (item.draft === undefined) {
      this.#fail(transaction, item, MADE_OF_WITHDRAWN);
      return;
    }
    const fault = this.#faultNow(channel, item);
    if (fault !== undefined) {
      this.#fail(transaction, item, { code: 'not-allowed', ...fault });
      return;
    }
    const encrypted = await this.#encrypt(channel, item);
    saveItem(transaction, encrypted);
    return encrypted;
  }

  #fail(transaction: Transaction, item: StoredItem, problem: NonNullable<StoredItem['problem']>): undefined {
    saveItem(transaction, { ...item, state: 'failed', problem });
    return undefined;
  }

  /** Members and rules may have changed since it was queued: whoever came is given the keys of what is encrypted from now on. */
  #faultNow({ state, group }: OpenChannel, { id, draft }: StoredItem) {
    if (draft === undefined || group === undefined) return undefined;
    const { profile } = state;
    const header = headerFor(this.device, id, draft, state);
    return postingFault(header, { actor: this.device, profile, members: contactPointsOf(group) });
  }

  /** Nothing goes to whom this device knows to be out, though the hub has not proposed it: not what is encrypted for it already, either. */
  async #waits(transaction: Transaction, channel: OpenChannel, item: StoredItem): Promise<StoredItem | undefined> {
    const trust = await this.trust.current(transaction);
    const message = whyNotEncrypt(channel, trust, this.device.clock.now());
    return message === undefined ? undefined : { ...item, problem: { code: 'try-again', check: 'CLI-23', message } };
  }

  #canEncrypt(channel: OpenChannel): boolean {
    return this.hasLooked(channel.state.id) && canEncrypt(channel);
  }

  /** @returns the channels of which an item has to be encrypted again. */
  async settle(submissions: readonly Submitted[]): Promise<Set<ChannelId>> {
    return this.device.transact(async (transaction) => {
      const stale = new Set<ChannelId>();
      for (const { id, answer } of submissions) {
        const item = await transaction.getJson<StoredItem>(KEYS.openItem(id));
        if (item === undefined) continue;
        if (!(answer instanceof LiaisonError)) await this.#store(transaction, item, answer);
        else if (this.#refuse(transaction, item, answer)) stale.add(item.channel);
      }
      return stale;
    });
  }

  #refuse(transaction: Transaction, item: StoredItem, error: LiaisonError): boolean {
    const { check } = error.details;
    const problem = { code: error.code, message: error.message, ...(check === undefined ? {} : { check }) };
    saveItem(transaction, { ...item, problem, state: TRANSIENT.has(error.code) ? item.state : 'failed' });
    return error.code === 'stale-epoch';
  }

  async #store(transaction: Transaction, item: StoredItem, receipt: Receipt): Promise<void> {
    const attempt = item.attempts.find(({ headerHash }) => headerHash === receipt.headerHash);
    const ours = receipt.id === item.id && receipt.channel === item.channel && attempt !== undefined;
    const channel = await this.book.open(transaction, item.channel);
    const kept = ours && (await promiseKept(transaction, channel, receipt));
    if (!kept) {
      const where = { channel: item.channel, seq: receipt.seq };
      await raiseAlarm(transaction, this.device.clock, breach('CLI-43'), where);
      channel.state = {
        ...channel.state,
        standing: channel.state.standing === 'good' ? 'in-dispute' : channel.state.standing,
      };
    }
    transaction.putJson(KEYS.receipt(item.channel, receipt.seq), receipt);
    this.book.save(transaction, channel);
    const { problem: _problem, ...rest } = item;
    // What its place does not show was not stored, whatever the receipt says: it stays in the outbox.
    if (!kept) return;
    saveItem(transaction, { ...rest, state: 'stored', receipt });
    awaitProof(transaction, receipt, decodeHeader(attempt.envelope.header), timestampOf(this.device.clock));
  }

  async #encrypt(channel: OpenChannel, item: StoredItem): Promise<StoredItem> {
    const { draft } = item;
    if (channel.group === undefined || draft === undefined)
      throw new LiaisonError('internal', 'This item cannot be encrypted.');
    const { attempt, group } = await encryptRecord(this.device, item.id, draft, {
      state: channel.state,
      group: channel.group,
    });
    channel.group = group;
    const attempts: Attempt[] = [...item.attempts, attempt];
    const { problem: _waited, ...rest } = item;
    return { ...rest, state: 'sending', attempts };
  }
}

function asLiaisonError(error: unknown): LiaisonError {
  if (error instanceof LiaisonError) return error;
  throw error;
}
