/** One change of a transaction. `put` replaces. */
export type StoreChange =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: string };

export interface StoreEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface StoreRange {
  /** Keys greater than this one only. */
  readonly after?: string;
  readonly limit?: number;
}

/** Written together with a change that is to leave no trace of what was before it. */
export const SCRUB_KEY = 'scrub';

/**
 * Where a client keeps its state: keys and byte values, ordered by key (UTF-16 code units).
 * A value that was given or is returned is not changed afterwards by either side.
 */
export interface ClientStore {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Entries whose key starts with `prefix`, in order. */
  list(prefix: string, range?: StoreRange): Promise<StoreEntry[]>;
  /** All or nothing, and durable once the promise resolves. */
  write(changes: readonly StoreChange[]): Promise<void>;
  /**
   * Runs `work` while no other process changes the store. Not re-entrant. Reads and writes happen only inside.
   * @param work `changedElsewhere` is true where another process wrote since this one last held the store: forget what was cached.
   * @throws LiaisonError `try-again` where another process does not let go in time.
   */
  exclusively<T>(work: (changedElsewhere: boolean) => Promise<T>): Promise<T>;
  /**
   * True where values that were deleted or replaced may be left in storage. While {@link SCRUB_KEY} is written they may be; when the
   * {@link exclusively} that wrote it ends, or the next one after a crash begins, they are gone, and then that key is.
   */
  readonly leavesTraces?: boolean;
  close(): Promise<void>;
}
