import { HASH_BYTES } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { LoggedEvent } from '../log/event-leaves.js';
import type { Entry } from './submission.js';

/** PostgreSQL's array text. Every value is of an alphabet of ours that needs no quotes. */
export function array<T>(items: readonly T[], value: (item: T) => string | number): string {
  return `{${items.map(value).join(',')}}`;
}

/** Where an event's bytes start (counted from 1, as SQL does) and how long its parts of free length are. */
export interface PackedEvent {
  readonly at: number;
  readonly header: number;
  readonly mls: number;
  readonly content: number;
  readonly leafAt: number;
}

/**
 * All bytes of a batch. A record is chain, header hash, body hash (32 each), signature (64), header, MLS message, body;
 * a handshake is chain, payload hash (32 each), payload. Behind each: leaf hash (32), log entry.
 */
export class Packing {
  private readonly buffer: Buffer;
  private length = 0;

  constructor(channels: number, events: readonly LoggedEvent[]) {
    let size = 32 * channels;
    for (const { submission, text } of events) size += sizeOf(submission.entry) + HASH_BYTES + text.length;
    this.buffer = Buffer.allocUnsafe(size);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** @returns where it starts, counted from 1. */
  add(bytes: Uint8Array): number {
    const at = this.length + 1;
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return at;
  }

  /** An entry is hashed where it lies. */
  private addLeaf(text: string): number {
    const at = this.length;
    this.length += HASH_BYTES + this.buffer.write(text, at + HASH_BYTES, 'latin1');
    nodeTreeHashing.putLeafHash(this.buffer, at, this.buffer.subarray(at + HASH_BYTES, this.length));
    return at + 1;
  }

  addEvent({ submission: { entry }, place, text }: LoggedEvent): PackedEvent {
    const at = this.add(place.chain);
    if (entry.type !== 'record') {
      this.add(entry.payloadHash);
      this.add(entry.payload);
      return { at, header: 0, mls: 0, content: entry.payload.length, leafAt: this.addLeaf(text) };
    }
    const { hashes, signature, headerBytes, mls, body } = entry.record;
    for (const part of [hashes.headerHash, hashes.bodyHash, signature, headerBytes, mls, body]) this.add(part);
    return { at, header: headerBytes.length, mls: mls.length, content: body.length, leafAt: this.addLeaf(text) };
  }
}

function sizeOf(entry: Entry): number {
  if (entry.type !== 'record') return 64 + entry.payload.length;
  const { headerBytes, mls, body } = entry.record;
  return 160 + headerBytes.length + mls.length + body.length;
}
