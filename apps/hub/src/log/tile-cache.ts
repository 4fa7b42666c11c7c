import type { Tile, TilePlace } from '#liaison/tlog';

const HASH_BYTES = 32;

/** 8 kB each at most. */
const MOST_TILES = 2_048;

/** Reads what stands at these places now, in their order, from one snapshot; undefined where there is nothing. */
export type ReadTiles = (places: readonly TilePlace[]) => Promise<readonly (Uint8Array | undefined)[]>;

interface Asked {
  readonly tile: Tile;
  readonly resolve: (hashes: Uint8Array | undefined) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Tiles that were read before, and one reading for all those that one turn of the event loop asks for. What a checkpoint has covered
 * never changes, so a tile that has become wider begins as the narrower one did: nothing here is ever outdated, only too short.
 */
export class TileCache {
  private readonly tiles = new Map<string, Uint8Array>();
  private asked: Asked[] = [];

  constructor(
    private readonly read: ReadTiles,
    private readonly most = MOST_TILES,
  ) {}

  /** The hashes end to end; undefined where the tile is not that wide. */
  tile(tile: Tile): Promise<Uint8Array | undefined> {
    const known = this.known(tile);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      this.asked.push({ tile, resolve, reject });
      if (this.asked.length === 1) setImmediate(() => void this.readAsked());
    });
  }

  private known(tile: Tile): Uint8Array | undefined {
    const name = nameOf(tile);
    const hashes = this.tiles.get(name);
    if (hashes === undefined || hashes.length < tile.width * HASH_BYTES) return undefined;
    this.put(name, hashes);
    return hashes.subarray(0, tile.width * HASH_BYTES);
  }

  private async readAsked(): Promise<void> {
    const { asked } = this;
    this.asked = [];
    try {
      const places = new Map(asked.map(({ tile }) => [nameOf(tile), tile]));
      const found = await this.read([...places.values()]);
      for (const [index, name] of [...places.keys()].entries()) {
        const hashes = found[index];
        if (hashes !== undefined && hashes.length > (this.tiles.get(name)?.length ?? 0)) this.put(name, hashes);
      }
      for (const { tile, resolve } of asked) resolve(this.known(tile));
    } catch (fault) {
      for (const { reject } of asked) reject(fault);
    }
  }

  /** As the one that was used last. */
  private put(name: string, hashes: Uint8Array): void {
    this.tiles.delete(name);
    this.tiles.set(name, hashes);
    if (this.tiles.size <= this.most) return;
    const [oldest] = this.tiles.keys();
    if (oldest !== undefined) this.tiles.delete(oldest);
  }
}

function nameOf({ level, index }: TilePlace): string {
  return `${level}/${index}`;
}
