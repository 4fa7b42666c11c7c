import { fromUtf8, utf8 } from '#liaison/protocol';
import { type ClientStore, SCRUB_KEY, type StoreChange, type StoreEntry } from './client-store.js';
import type { ClientEvent } from './views.js';

/** Reads see the transaction's own writes; nothing is stored, cached or told before the store has all of it. */
export class Transaction {
  readonly #changes = new Map<string, Uint8Array | undefined>();
  readonly #events: ClientEvent[] = [];
  readonly #afterwards: (() => void)[] = [];

  constructor(private readonly store: ClientStore) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#changes.has(key) ? this.#changes.get(key) : this.store.get(key);
  }

  /** The stored value, which only this library wrote and which the store authenticates. */
  async getJson<T>(key: string): Promise<T | undefined> {
    const value = await this.get(key);
    return value === undefined ? undefined : (JSON.parse(fromUtf8(value)) as T);
  }

  put(key: string, value: Uint8Array): void {
    this.#changes.set(key, value);
  }

  putJson(key: string, value: unknown): void {
    this.put(key, utf8(JSON.stringify(value)));
  }

  delete(key: string): void {
    this.#changes.set(key, undefined);
  }

  /** What is stored; the transaction's own changes are not in it. */
  stored(prefix: string, range?: { readonly after?: string; readonly limit?: number }): Promise<StoreEntry[]> {
    return this.store.list(prefix, range);
  }

  /** As {@link stored}, with the transaction's own changes. */
  async entries(prefix: string): Promise<StoreEntry[]> {
    const values = new Map((await this.store.list(prefix)).map(({ key, value }) => [key, value]));
    for (const [key, value] of this.#changes) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    }
    return [...values].map(([key, value]) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** How many entries have this prefix, the transaction's own among them; counts no further than `limit`. */
  async count(prefix: string, limit: number): Promise<number> {
    const keys = new Set((await this.store.list(prefix, { limit })).map(({ key }) => key));
    for (const [key, value] of this.#changes) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) keys.delete(key);
      else keys.add(key);
    }
    return Math.min(keys.size, limit);
  }

  /** Told to listeners once the transaction is stored. */
  tell(event: ClientEvent): void {
    this.#events.push(event);
  }

  /** What this transaction deletes or replaces is to leave no trace in the store. */
  scrub(): void {
    if (this.store.leavesTraces === true) this.putJson(SCRUB_KEY, 1);
  }

  afterwards(effect: () => void): void {
    this.#afterwards.push(effect);
  }

  async commit(): Promise<readonly ClientEvent[]> {
    const changes = [...this.#changes].map(([key, value]): StoreChange =>
      value === undefined ? { type: 'delete', key } : { type: 'put', key, value },
    );
    if (changes.length > 0) await this.store.write(changes);
    for (const effect of this.#afterwards) effect();
    return this.#events;
  }
}

/** As {@link Transaction.getJson}, for listed entries. */
export function jsonOf(value: Uint8Array): unknown {
  return JSON.parse(fromUtf8(value));
}
