import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlob, sealBlob, sha256 } from '#liaison/crypto';
import {
  canonicalJson,
  concatBytes,
  equalBytes,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  toBase64url,
  utf8,
  type RandomSource,
} from '#liaison/protocol';
import type { StoreChange } from './client-store.js';
import { findFrameStart, FRAME_START, frameStart, readFrameStart } from './journal-frame.js';

/** Where a value lies: sealed, in the journal. */
export interface ValuePlace {
  readonly context: string;
  readonly offset: number;
  readonly length: number;
}

export interface JournalSecrets {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly random: RandomSource;
}

/** `[key, sealed length]`, or `[key]` for a deletion. */
type FrameItem = readonly [string, number?];

interface FrameHead {
  readonly items: readonly FrameItem[];
  /** base64url SHA-256 of the sealed values: tells a torn last frame from a whole one. */
  readonly hash: string;
}

/**
 * An append-only file of transactions (frames): `head length(4) || values length(4) || check(8) || sealed head || sealed values`,
 * see {@link frameStart}. Head and values are sealed for their generation, frame and place, so none can be moved, left out or repeated;
 * what an attacker with write access can do is put an older copy of the whole file back, or cut its end.
 */
export class DiskJournal {
  #frames = 0;
  #end = 0;

  private constructor(
    private readonly folder: string,
    readonly generation: number,
    private readonly file: FileHandle,
    private readonly secrets: JournalSecrets,
  ) {}

  static async open(folder: string, generation: number, secrets: JournalSecrets): Promise<DiskJournal> {
    return new DiskJournal(folder, generation, await open(join(folder, journalName(generation)), 'r+'), secrets);
  }

  /** The first journal of a new store: its empty first frame lets a wrong key be told from a torn write. */
  static async found(folder: string, secrets: JournalSecrets): Promise<void> {
    const draft = await DiskJournal.createDraft(folder, 1, secrets);
    await draft.append([]);
    await draft.close();
    await DiskJournal.publish(folder, 1);
  }

  /** Bytes of whole frames that have been read or written. */
  get size(): number {
    return this.#end;
  }

  /**
   * Reads the frames that follow what is known, oldest first. A torn last frame, which a crash leaves, is moved to `journal.N.torn`.
   * @throws LiaisonError `malformed` (STO-01) where a frame before the last does not open.
   */
  async replay(onChange: (key: string, place: ValuePlace | undefined) => void): Promise<boolean> {
    const { size } = await this.file.stat();
    const before = this.#end;
    while (this.#end < size) {
      if (await this.#replayFrame(size, onChange)) continue;
      await this.#moveTornAway(size);
      break;
    }
    return this.#end > before;
  }

  /** Durable on return. @returns where each value lies, in the order of the changes. */
  async append(changes: readonly StoreChange[]): Promise<(ValuePlace | undefined)[]> {
    const { key, random } = this.secrets;
    const sealed = changes.map((change, index) =>
      change.type === 'put' ? sealBlob(key, this.#context(index), change.value, random) : undefined,
    );
    const values = concatBytes(...sealed.filter((value) => value !== undefined));
    const items = changes.map((change, index) => [change.key, ...lengthOf(sealed[index])]);
    const head = sealBlob(key, this.#context('head'), encodeHead(items, values), random);
    await this.#writeAtEnd(concatBytes(frameStart(this.#context('start'), head.length, values.length), head, values));
    const places = this.#places(
      this.#end + FRAME_START + head.length,
      sealed.map((value) => value?.length),
    );
    this.#advance(FRAME_START + head.length + values.length);
    return places;
  }

  async value(place: ValuePlace): Promise<Uint8Array> {
    const sealed = await this.#read(place.offset, place.length);
    try {
      return openBlob(this.secrets.key, place.context, sealed);
    } catch (cause) {
      throw damaged(cause);
    }
  }

  /** Makes `name.tmp` the journal of its generation, in one step. */
  static async publish(folder: string, generation: number): Promise<void> {
    await rename(join(folder, `${journalName(generation)}.tmp`), join(folder, journalName(generation)));
    await syncFolder(folder);
  }

  static async createDraft(folder: string, generation: number, secrets: JournalSecrets): Promise<DiskJournal> {
    const path = join(folder, `${journalName(generation)}.tmp`);
    await rm(path, { force: true });
    return new DiskJournal(folder, generation, await open(path, 'wx+', 0o600), secrets);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #replayFrame(size: number, onChange: (key: string, place: ValuePlace | undefined) => void): Promise<boolean> {
    const start = this.#end;
    const lengths = readFrameStart(this.#context('start'), await this.#read(start, FRAME_START));
    if (lengths === undefined) return this.#cannotBeRead(size);
    const valuesAt = start + FRAME_START + lengths.head;
    const end = valuesAt + lengths.values;
    if (end > size) return false;
    const head = await this.#readHead(start + FRAME_START, lengths.head, end === size);
    if (head === undefined) return false;
    if (end === size && !(await this.#isWhole(valuesAt, lengths.values, head))) return false;
    const places = this.#places(
      valuesAt,
      head.items.map(([, length]) => length),
    );
    head.items.forEach(([key], index) => {
      onChange(key, places[index]);
    });
    this.#advance(end - start);
    return true;
  }

  /** A frame without a beginning is torn where nothing follows it, and damaged where another frame does. */
  async #cannotBeRead(size: number): Promise<false> {
    const rest = await this.#read(this.#end, size - this.#end);
    const next = this.#context('start', this.#frames + 1);
    if (this.#frames === 0 || findFrameStart(next, rest)) throw damaged('A frame has no beginning.');
    return false;
  }

  /** Kept, for whoever has to find out what it was. Durable before it leaves the journal. */
  async #moveTornAway(size: number): Promise<void> {
    const torn = await open(join(this.folder, `${journalName(this.generation)}.torn`), 'a', 0o600);
    try {
      await torn.writeFile(await this.#read(this.#end, size - this.#end));
      await torn.sync();
    } finally {
      await torn.close();
    }
    await this.file.truncate(this.#end);
    await this.file.datasync();
  }

  async #readHead(offset: number, length: number, last: boolean): Promise<FrameHead | undefined> {
    const sealed = await this.#read(offset, length);
    try {
      return JSON.parse(fromUtf8(openBlob(this.secrets.key, this.#context('head'), sealed))) as FrameHead;
    } catch (cause) {
      // The first frame tells whether the key is right; only a later one may be the torn end of a good journal.
      if (last && this.#frames > 0) return undefined;
      throw damaged(cause);
    }
  }

  async #isWhole(offset: number, length: number, head: FrameHead): Promise<boolean> {
    return equalBytes(sha256(await this.#read(offset, length)), fromBase64url(head.hash));
  }

  async #writeAtEnd(frame: Uint8Array): Promise<void> {
    try {
      // One write may take a part and report no error: a disk that fills up fails only the next.
      for (let written = 0; written < frame.length;) {
        written += (await this.file.write(frame, written, frame.length - written, this.#end + written)).bytesWritten;
      }
      await this.file.datasync();
    } catch (cause) {
      // A full disk may have taken a part: what follows must begin where this began.
      await this.file.truncate(this.#end);
      throw new LiaisonError('unavailable', "This device's store cannot be written. Free some space, then try again.", {
        check: 'STO-03',
        cause,
      });
    }
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.file.read(bytes, 0, length, offset);
    return bytes;
  }

  #places(start: number, lengthsOfValues: readonly (number | undefined)[]): (ValuePlace | undefined)[] {
    let offset = start;
    return lengthsOfValues.map((length, index) => {
      if (length === undefined) return undefined;
      const place = { context: this.#context(index), offset, length };
      offset += length;
      return place;
    });
  }

  #advance(bytes: number): void {
    this.#end += bytes;
    this.#frames += 1;
  }

  #context(part: number | 'start' | 'head', frame = this.#frames): string {
    return `journal/${this.generation}/${frame}/${part}`;
  }
}

export function journalName(generation: number): string {
  return `journal.${generation}`;
}

/** A new name is durable only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function encodeHead(items: readonly (readonly (string | number)[])[], values: Uint8Array): Uint8Array {
  return utf8(canonicalJson({ hash: toBase64url(sha256(values)), items }));
}

function lengthOf(value: Uint8Array | undefined): number[] {
  return value === undefined ? [] : [value.length];
}

function damaged(cause: unknown): LiaisonError {
  return new LiaisonError(
    'malformed',
    "This device's store is damaged, or its key is another one. Restore the folder, or start with an empty one and join the channels again.",
    { check: 'STO-01', cause },
  );
}
