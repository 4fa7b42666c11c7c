import type { RandomSource } from '#liaison/protocol';
import type { ClientStore } from './client-store.js';

export interface DiskStoreOptions {
  /** Created with mode 0700 where it is absent. */
  readonly folder: string;
  /** 32 bytes: everything in the folder is encrypted under it. */
  readonly key: Uint8Array;
  readonly random: RandomSource;
  /** How long to wait for another process that holds the store. Default 10,000. */
  readonly lockTimeoutMs?: number;
}

/** A store on disk. Several processes may have it open: each holds it only inside `exclusively`. */
export declare const openDiskStore: (options: DiskStoreOptions) => Promise<ClientStore>;
