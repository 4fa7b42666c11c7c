import { type ChannelEvent, type ChannelId, LiaisonError, Receipt } from '#liaison/protocol';
import { asBreach, breach } from './breach.js';
import type { Hub } from './hub.js';
import type { HubSocket } from './hub-transport.js';
import type { Outbox, Submitted } from './outbox.js';
import type { StoredItem } from './outbox-item.js';
import type { Synchroniser } from './synchroniser.js';

/** How often a record is encrypted again for an epoch that turns out to be over. */
const ROUNDS = 10;
/** Submissions in flight on a socket, which keeps their order. */
const IN_FLIGHT = 64;

/** Takes the outbox to the hub: over the socket while there is one, else by REST. */
export class Submission {
  socket: HubSocket | undefined;
  #again = false;
  #running: Promise<void> | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly outbox: Outbox,
    private readonly synchroniser: Synchroniser,
    private readonly catchUp: (channel: ChannelId) => Promise<void>,
  ) {}

  /** Resolves once everything that was queued before the call has been tried. */
  async run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#loop();
    return this.#running;
  }

  async #loop(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        for (const channel of (await this.outbox.due()).keys()) await this.#ofChannel(channel);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #ofChannel(channel: ChannelId): Promise<void> {
    if (!(await this.#look(channel))) return;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const items = await this.outbox.prepare(channel);
      if (items.length === 0) return;
      const submitted = await this.#submit(items);
      const stale = await this.outbox.settle(submitted);
      await this.synchroniser.read(channel, ownEvents(items, submitted));
      if (!stale.has(channel)) return;
      await this.catchUp(channel);
    }
  }

  /** @returns whether something can be sent: nothing is, before this client has seen what it had sent already. */
  async #look(channel: ChannelId): Promise<boolean> {
    if (this.synchroniser.hasLooked(channel)) return true;
    try {
      await this.catchUp(channel);
      return true;
    } catch (error) {
      // The hub is away or tells nonsense: what is in the outbox waits for the next round, which says so.
      if (error instanceof LiaisonError) return false;
      throw error;
    }
  }

  async #submit(items: readonly StoredItem[]): Promise<Submitted[]> {
    const { socket } = this;
    const submitted: Submitted[] = [];
    const width = socket === undefined ? 1 : IN_FLIGHT;
    for (let start = 0; start < items.length; start += width) {
      const batch = await Promise.all(items.slice(start, start + width).map((item) => this.#submitOne(item, socket)));
      submitted.push(...batch);
      // What follows keeps its place behind what has to be sent again.
      if (batch.some(({ answer }) => answer instanceof LiaisonError && answer.code !== 'not-allowed')) break;
    }
    return submitted;
  }

  async #submitOne(item: StoredItem, socket: HubSocket | undefined): Promise<Submitted> {
    const envelope = item.attempts.at(-1)?.envelope;
    if (envelope === undefined)
      return { id: item.id, answer: new LiaisonError('internal', 'This item has no envelope.') };
    try {
      const answer = await (socket === undefined
        ? this.hub.call('submitRecord', { params: { channel: item.channel }, body: envelope })
        : socket.submit(envelope));
      return { id: item.id, answer: receiptOf(answer) };
    } catch (cause) {
      return { id: item.id, answer: cause instanceof LiaisonError ? cause : asBreach('CLI-03', cause) };
    }
  }
}

function receiptOf(answer: unknown): Receipt {
  const receipt = Receipt.safeParse(answer);
  if (!receipt.success) throw breach('CLI-03', 'Call: submit.');
  return receipt.data;
}

/** The events that this device's own records are, as the hub does not push them to the socket that sent them. */
function ownEvents(items: readonly StoredItem[], submitted: readonly Submitted[]): ChannelEvent[] {
  const envelopes = new Map(items.map((item) => [item.id, item.attempts.at(-1)?.envelope]));
  const events: ChannelEvent[] = [];
  for (const { id, answer } of submitted) {
    const record = envelopes.get(id);
    if (answer instanceof LiaisonError || answer.duplicate || record === undefined) continue;
    const { channel, seq, storedAt, chain } = answer;
    events.push({ type: 'record', channel, seq, at: storedAt, chain, record });
  }
  return events.sort((a, b) => a.seq - b.seq);
}
