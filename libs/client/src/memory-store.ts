import type { ClientStore, StoreEntry } from './client-store.js';

/** A store that forgets: for tests and the load generator. `snapshot` copies it, as a crash would leave it. */
export interface MemoryStore extends ClientStore {
  snapshot(): MemoryStore;
}

export function memoryStore(entries: Iterable<readonly [string, Uint8Array]> = []): MemoryStore {
  const values = new Map(entries);
  let turn: Promise<unknown> = Promise.resolve();
  let sorted: string[] | undefined;
  const keys = (): string[] => (sorted ??= [...values.keys()].sort());
  return {
    get: (key) => Promise.resolve(values.get(key)),
    list: (prefix, range = {}) => Promise.resolve(listRange(keys(), values, prefix, range)),
    write: (changes) => {
      for (const change of changes) {
        if (change.type === 'delete' ? values.has(change.key) : !values.has(change.key)) sorted = undefined;
        if (change.type === 'delete') values.delete(change.key);
        else values.set(change.key, change.value);
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

/** Binary search for where the prefix begins, then a walk: the cost is that of the answer. */
function listRange(
  keys: readonly string[],
  values: ReadonlyMap<string, Uint8Array>,
  prefix: string,
  range: { readonly after?: string; readonly limit?: number },
): StoreEntry[] {
  return keysInRange(keys, prefix, range).map((key) => ({ key, value: values.get(key) ?? new Uint8Array() }));
}

export function keysInRange(
  keys: readonly string[],
  prefix: string,
  range: { readonly after?: string; readonly limit?: number },
): string[] {
  const { after = '', limit = Infinity } = range;
  const found: string[] = [];
  for (let index = firstAtOrAfter(keys, after > prefix ? after : prefix); index < keys.length; index += 1) {
    const key = keys[index];
    if (key === undefined || !key.startsWith(prefix) || found.length >= limit) break;
    if (key !== after) found.push(key);
  }
  return found;
}

function firstAtOrAfter(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
