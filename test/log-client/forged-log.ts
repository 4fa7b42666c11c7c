import type { HubTransport } from '#liaison/client';
import type { SigningKey } from '#liaison/crypto';
import { concatBytes, LiaisonError } from '#liaison/protocol';
import {
  decodeNote,
  decodeUntrustedCheckpoint,
  edgeRoot,
  EMPTY_EDGE,
  growEdge,
  HASH_BYTES,
  partialTiles,
  readTile,
  signCheckpoint,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { LyingHub } from '#liaison/testing';

/** A second history under the log's own key: its tiles add up, its checkpoint is signed. Only somebody who saw the first can tell. */
export class ForgedLog {
  constructor(
    readonly origin: string,
    private readonly key: SigningKey,
    /** Leaf hashes, end to end. */
    readonly leaves: Uint8Array,
  ) {}

  /** The true log as it stands, read by its public tiles. */
  static async copyOf(truth: HubTransport, key: SigningKey): Promise<ForgedLog> {
    const note = (await truth.request('getLogCheckpoint', { query: { cosigned: 0 } })) as string;
    const { origin, size } = decodeUntrustedCheckpoint(decodeNote(note).text);
    const tiles: Uint8Array[] = [];
    const read = async (path: string) => {
      const [, level, ...place] = path.split('/');
      return (await truth.request('getLogTile', { params: { level, place } })) as Uint8Array;
    };
    for (let index = 0; index * TILE_WIDTH < size; index += 1) {
      const width = tileWidth({ level: 0, index }, size);
      tiles.push(await readTile({ read }, { level: 0, index, width }));
    }
    return new ForgedLog(origin, key, concatBytes(...tiles));
  }

  get size(): number {
    return this.leaves.length / HASH_BYTES;
  }

  /** As if an entry had been another one. */
  rewritten(index: number): ForgedLog {
    const leaves = this.leaves.slice();
    leaves.fill(0x5a, index * HASH_BYTES, (index + 1) * HASH_BYTES);
    return new ForgedLog(this.origin, this.key, leaves);
  }

  cutTo(size: number): ForgedLog {
    return new ForgedLog(this.origin, this.key, this.leaves.slice(0, size * HASH_BYTES));
  }

  grownBy(entries: number): ForgedLog {
    const added = new Uint8Array(entries * HASH_BYTES).map((_, place) => (this.size + place) % 251);
    return new ForgedLog(this.origin, this.key, concatBytes(this.leaves, added));
  }

  checkpoint(): string {
    const root = edgeRoot(this.#edge().edge, nodeTreeHashing);
    return signCheckpoint({ origin: this.origin, size: this.size, root, extensions: [] }, this.key);
  }

  tile(path: string): Uint8Array {
    const { edge, full } = this.#edge();
    const found = [...full, ...partialTiles(edge)].find((tile) => tilePath(tile) === path);
    if (found === undefined) throw new LiaisonError('not-found', 'The log has no such tile.', { check: 'LOG-28' });
    return found.bytes;
  }

  /** From now on this is the log that the device is shown. */
  showTo(hub: LyingHub): void {
    hub.lieAbout('getLogCheckpoint', () => this.checkpoint());
    hub.lieAbout('getLogTile', (_answer, { params }) => {
      const { level, place } = params as { level: string; place: string[] };
      return this.tile(['tile', level, ...place].join('/'));
    });
  }

  #edge() {
    return growEdge(EMPTY_EDGE, this.leaves, nodeTreeHashing);
  }
}
