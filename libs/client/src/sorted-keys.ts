import type { StoreRange } from './client-store.js';

/** More that come or go at once cost less to sort anew than to put in their places one by one. */
const MANY = 256;

/** Keys in order (UTF-16 code units), kept so while they come and go: a list costs what it gives, however many there are. */
export class SortedKeys {
  #sorted: string[] | undefined;
  #changes = 0;

  /** @param all every key there is, in any order: asked for when they are sorted anew. */
  constructor(private readonly all: () => Iterable<string>) {}

  /** A key that was not there. */
  add(key: string): void {
    if (this.#isSortedAnew()) return;
    this.#sorted?.splice(firstAtOrAfter(this.#sorted, key), 0, key);
  }

  /** A key that was there. */
  delete(key: string): void {
    if (this.#isSortedAnew()) return;
    this.#sorted?.splice(firstAtOrAfter(this.#sorted, key), 1);
  }

  /** All are others now. */
  clear(): void {
    this.#sorted = undefined;
  }

  inRange(prefix: string, { after = '', limit = Infinity }: StoreRange): string[] {
    this.#changes = 0;
    const keys = (this.#sorted ??= [...this.all()].sort());
    const found: string[] = [];
    for (let index = firstAtOrAfter(keys, after > prefix ? after : prefix); index < keys.length; index += 1) {
      const key = keys[index];
      if (key === undefined || !key.startsWith(prefix) || found.length >= limit) break;
      if (key !== after) found.push(key);
    }
    return found;
  }

  #isSortedAnew(): boolean {
    this.#changes += 1;
    if (this.#changes > MANY) this.#sorted = undefined;
    return this.#sorted === undefined;
  }
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
