import type { ClientStore } from './client-store.js';
import { SortedKeys } from './sorted-keys.js';

/** A store that forgets: for tests and the load generator. `snapshot` copies it, as a crash would leave it. */
export interface MemoryStore extends ClientStore {
  snapshot(): MemoryStore;
}

export function memoryStore(entries: Iterable<readonly [string, Uint8Array]> = []): MemoryStore {
  const values = new Map(entries);
  let turn: Promise<unknown> = Promise.resolve();
  const keys = new SortedKeys(() => values.keys());
  return {
    get: (key) => Promise.resolve(values.get(key)),
    list: (prefix, range = {}) => {
      const found = keys.inRange(prefix, range);
      return Promise.resolve(found.map((key) => ({ key, value: values.get(key) ?? new Uint8Array() })));
    },
    write: (changes) => {
      for (const change of changes) {
        const isThere = values.has(change.key);
        if (change.type === 'delete') values.delete(change.key);
        else values.set(change.key, change.value);
        if (change.type === 'delete' && isThere) keys.delete(change.key);
        if (change.type === 'put' && !isThere) keys.add(change.key);
      }
      return Promise.resolve();
    },
    exclusively: (work) => {
      const mine = turn.then(() => work(false));
      turn = mine.catch(() => undefined);
      return mine;
    },
    close: () => Promise.resolve(),
    snapshot: () => memoryStore(values),
  };
}
