import { LiaisonError } from '#liaison/protocol';

/** Hashes in a full tile, and the height of the subtree that it stands for (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
const TOP_LEVEL = 63;

export interface TilePlace {
  /** 0 holds leaf hashes; each hash above it stands for a full tile of the level below. */
  readonly level: number;
  readonly index: number;
}

/** `width` hashes: 256, or fewer in the last tile of a level. */
export interface Tile extends TilePlace {
  readonly width: number;
}

/** The entries of one level-0 tile. */
export interface EntryBundlePlace {
  readonly index: number;
  readonly width: number;
}

/** `tile/<L>/<N>[.p/<W>]`, relative to the log's prefix. @throws LiaisonError `usage` for a tile that cannot be. */
export function tilePath({ level, index, width }: Tile): string {
  if (!Number.isInteger(level) || level < 0 || level > TOP_LEVEL) throw impossible();
  return `tile/${level}/${placePath(index, width)}`;
}

/** `tile/entries/<N>[.p/<W>]`. @throws LiaisonError `usage` for a bundle that cannot be. */
export function entryBundlePath({ index, width }: EntryBundlePlace): string {
  return `tile/entries/${placePath(index, width)}`;
}

function placePath(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw impossible();
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw impossible();
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

function impossible(): LiaisonError {
  return new LiaisonError('usage', 'There is no such tile: its level, index or width is out of range.');
}

export type TilePath =
  { readonly kind: 'tile'; readonly tile: Tile } | { readonly kind: 'entries'; readonly bundle: EntryBundlePlace };

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/**
 * Strict inverse of {@link tilePath} and {@link entryBundlePath}: one place has one path.
 * @throws LiaisonError `malformed` (LOG-13).
 */
export function parseTilePath(path: string): TilePath {
  const [, level, groups, partial] = PATH.exec(path) ?? [];
  if (level === undefined || groups === undefined) throw malformedPath();
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(index) || (partial !== undefined && width >= TILE_WIDTH)) throw malformedPath();
  if (level !== 'entries' && Number(level) > TOP_LEVEL) throw malformedPath();
  const bundle = { index, width };
  const parsed: TilePath =
    level === 'entries' ? { kind: 'entries', bundle } : { kind: 'tile', tile: { level: Number(level), ...bundle } };
  const canonical = parsed.kind === 'tile' ? tilePath(parsed.tile) : entryBundlePath(parsed.bundle);
  if (canonical !== path) throw malformedPath();
  return parsed;
}

function malformedPath(): LiaisonError {
  return new LiaisonError('malformed', 'This is not the path of a tile (C2SP tlog-tiles).', { check: 'LOG-13' });
}

/** Hashes that a tile has in a tree of `size` leaves: 0 where the tree has no such tile. */
export function tileWidth({ level, index }: TilePlace, size: number): number {
  const hashes = hashesAt(level, size) - index * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, hashes));
}

function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Every tile that a tree has or has other than at its old size: what a log writes when it grows, level by level. */
export function newTiles({ oldSize, newSize }: { readonly oldSize: number; readonly newSize: number }): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAt(level, newSize) > 0; level += 1) {
    const before = hashesAt(level, oldSize);
    const now = hashesAt(level, newSize);
    for (let index = Math.floor(before / TILE_WIDTH); before < now && index * TILE_WIDTH < now; index += 1) {
      tiles.push({ level, index, width: tileWidth({ level, index }, newSize) });
    }
  }
  return tiles;
}

/** All tiles of a tree. */
export function tilesOf(size: number): Tile[] {
  return newTiles({ oldSize: 0, newSize: size });
}
