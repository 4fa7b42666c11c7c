import { concatBytes, fromBase64url, type ChannelId } from '#liaison/protocol';
import { KEYS } from './keys.js';
import type { Transaction } from './transaction.js';

const HASH = 32;
/** Hashes that lie together: a compromise between many small entries and rewriting a large one. */
const PER_BLOCK = 64;

/** The hashes that this device computed, by place: what members' claims are held against. */
export class ChainView {
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(
    private readonly transaction: Transaction,
    private readonly channel: ChannelId,
  ) {}

  async at(seq: number): Promise<Uint8Array | undefined> {
    const block = await this.#block(Math.floor(seq / PER_BLOCK));
    const start = (seq % PER_BLOCK) * HASH;
    const hash = block.subarray(start, start + HASH);
    return hash.length === HASH && hash.some((byte) => byte !== 0) ? hash : undefined;
  }

  async set(seq: number, chain: string): Promise<void> {
    const number = Math.floor(seq / PER_BLOCK);
    const start = (seq % PER_BLOCK) * HASH;
    const block = await this.#block(number);
    const padding = new Uint8Array(Math.max(0, start - block.length));
    this.#blocks.set(number, concatBytes(block.subarray(0, start), padding, fromBase64url(chain)));
  }

  /** Hands what was set to the transaction: once for each batch, not for each event. */
  save(): void {
    for (const [number, block] of this.#blocks) this.transaction.put(KEYS.chainBlock(this.channel, number), block);
  }

  async #block(number: number): Promise<Uint8Array> {
    const known = this.#blocks.get(number) ?? (await this.transaction.get(KEYS.chainBlock(this.channel, number)));
    return known ?? new Uint8Array();
  }
}
