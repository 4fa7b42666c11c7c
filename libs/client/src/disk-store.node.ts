import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cryptoReady } from '#liaison/crypto';
import { LiaisonError, type RandomSource } from '#liaison/protocol';
import { SCRUB_KEY, type ClientStore, type StoreChange, type StoreEntry, type StoreRange } from './client-store.js';
import { DiskJournal, journalName, type JournalSecrets, type ValuePlace } from './disk-journal.node.js';
import { DiskLock } from './disk-lock.node.js';
import { SortedKeys } from './sorted-keys.js';

export interface DiskStoreOptions {
  /** Created with mode 0700 where it is absent. */
  readonly folder: string;
  /** 32 bytes: everything in the folder is encrypted under it. */
  readonly key: Uint8Array;
  readonly random: RandomSource;
  /** How long to wait for another process that holds the store. Default 10,000. */
  readonly lockTimeoutMs?: number;
}

const LOCK_TIMEOUT_MS = 10_000;
/** Compaction begins when the journal is larger than this and four times what is still needed of it. */
const COMPACT_FROM_BYTES = 1024 * 1024;
const COMPACT_FACTOR = 4;
const COMPACT_BATCH = 64;

/** A store on disk. Several processes may have it open: each holds it only inside `exclusively`. */
export async function openDiskStore(options: DiskStoreOptions): Promise<ClientStore> {
  await cryptoReady();
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const store = new DiskStore(options);
  await store.exclusively(() => Promise.resolve());
  return store;
}

class DiskStore implements ClientStore {
  readonly leavesTraces = true;
  readonly #folder: string;
  readonly #secrets: JournalSecrets;
  readonly #lock: DiskLock;
  readonly #lockTimeoutMs: number;
  readonly #places = new Map<string, ValuePlace>();
  readonly #keys = new SortedKeys(() => this.#places.keys());
  #liveBytes = 0;
  #journal: DiskJournal | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #held = false;

  constructor(options: DiskStoreOptions) {
    this.#folder = options.folder;
    this.#secrets = { key: options.key, random: options.random };
    this.#lock = new DiskLock(options.folder);
    this.#lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  }

  exclusively<T>(work: (changedElsewhere: boolean) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => this.#locked(work));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const journal = this.#open();
    const place = this.#places.get(key);
    return place === undefined ? undefined : journal.value(place);
  }

  async list(prefix: string, range: StoreRange = {}): Promise<StoreEntry[]> {
    const journal = this.#open();
    const entries: StoreEntry[] = [];
    for (const key of this.#keys.inRange(prefix, range)) {
      const place = this.#places.get(key);
      if (place !== undefined) entries.push({ key, value: await journal.value(place) });
    }
    return entries;
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    if (changes.length === 0) return;
    const places = await this.#open().append(changes);
    changes.forEach(({ key }, index) => {
      this.#place(key, places[index]);
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#journal?.close();
    this.#journal = undefined;
  }

  async #locked<T>(work: (changedElsewhere: boolean) => Promise<T>): Promise<T> {
    await this.#lock.acquire(this.#lockTimeoutMs);
    try {
      const changedElsewhere = await this.#catchUp();
      this.#held = true;
      if (this.#places.has(SCRUB_KEY)) await this.#compactWhenDue();
      const result = await work(changedElsewhere);
      await this.#compactWhenDue();
      return result;
    } finally {
      this.#held = false;
      await this.#lock.release();
    }
  }

  #open(): DiskJournal {
    if (this.#journal === undefined || !this.#held) {
      throw new LiaisonError('usage', 'The store is read and written inside exclusively() only.');
    }
    return this.#journal;
  }

  async #catchUp(): Promise<boolean> {
    const newest = (await newestGeneration(this.#folder)) ?? (await this.#found());
    const known = this.#journal?.generation;
    if (this.#journal === undefined || known !== newest) {
      await this.#journal?.close();
      this.#places.clear();
      this.#keys.clear();
      this.#liveBytes = 0;
      this.#journal = await DiskJournal.open(this.#folder, newest, this.#secrets);
    }
    const grew = await this.#journal.replay((key, place) => {
      this.#place(key, place);
    });
    return known !== undefined && (known !== newest || grew);
  }

  async #found(): Promise<number> {
    await DiskJournal.found(this.#folder, this.#secrets);
    return 1;
  }

  #place(key: string, place: ValuePlace | undefined): void {
    const before = this.#places.get(key);
    this.#liveBytes += (place?.length ?? 0) - (before?.length ?? 0);
    if (place === undefined) this.#places.delete(key);
    else this.#places.set(key, place);
    if (before === undefined && place !== undefined) this.#keys.add(key);
    if (before !== undefined && place === undefined) this.#keys.delete(key);
  }

  async #compactWhenDue(): Promise<void> {
    const journal = this.#open();
    const isDue = journal.size >= COMPACT_FROM_BYTES && journal.size >= COMPACT_FACTOR * this.#liveBytes;
    if (!isDue && !this.#places.has(SCRUB_KEY)) return;
    const generation = journal.generation + 1;
    const draft = await DiskJournal.createDraft(this.#folder, generation, this.#secrets);
    const places = await this.#copyTo(draft);
    await DiskJournal.publish(this.#folder, generation);
    await journal.close();
    await rm(join(this.#folder, journalName(journal.generation)), { force: true });
    this.#journal = draft;
    for (const [key, place] of places) this.#place(key, place);
    this.#place(SCRUB_KEY, undefined);
  }

  async #copyTo(draft: DiskJournal): Promise<Map<string, ValuePlace | undefined>> {
    // Nothing of before is in the draft: once it is published, there is nothing to scrub.
    const keys = [...this.#places.keys()].filter((key) => key !== SCRUB_KEY);
    const copied = new Map<string, ValuePlace | undefined>();
    for (let start = 0; start < keys.length; start += COMPACT_BATCH) {
      const changes: StoreChange[] = [];
      for (const key of keys.slice(start, start + COMPACT_BATCH)) {
        const value = await this.get(key);
        if (value !== undefined) changes.push({ type: 'put', key, value });
      }
      const places = await draft.append(changes);
      changes.forEach(({ key }, index) => copied.set(key, places[index]));
    }
    return copied;
  }
}

/** The highest generation that was published; lower ones and drafts are left-overs of a crash. */
async function newestGeneration(folder: string): Promise<number | undefined> {
  const generations: number[] = [];
  for (const name of await readdir(folder)) {
    if (/^journal\.\d+\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
    const published = /^journal\.(\d+)$/.exec(name)?.[1];
    if (published !== undefined) generations.push(Number(published));
  }
  if (generations.length === 0) return undefined;
  const newest = Math.max(...generations);
  for (const generation of generations) {
    if (generation < newest) await rm(join(folder, journalName(generation)), { force: true });
  }
  return newest;
}
