import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  entryBundlePath,
  type LogReader,
  newTiles,
  parseTilePath,
  readEntryBundle,
  readTile,
  tilePath,
  tilesOf,
  tileWidth,
} from '#liaison/tlog';
import { refusalOf } from '../../protocol/test/refusal.js';

const holding = (files: Record<string, Uint8Array>): LogReader => ({ read: (path) => Promise.resolve(files[path]) });

describe('the path of a tile', () => {
  it.each([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/1/999.p/255', { level: 1, index: 999, width: 255 }],
    ['tile/2/x001/000', { level: 2, index: 1000, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/63/000.p/1', { level: 63, index: 0, width: 1 }],
  ])('%s', (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'tile', tile });
  });

  it('of entries', () => {
    expect(entryBundlePath({ index: 273, width: 112 })).toBe('tile/entries/273.p/112');
    expect(parseTilePath('tile/entries/x001/000')).toEqual({ kind: 'entries', bundle: { index: 1000, width: 256 } });
  });

  it('goes there and back for every place', () => {
    const place = fc.record({
      level: fc.nat({ max: 63 }),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(place, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual({ kind: 'tile', tile });
      }),
    );
  });

  it.each([
    '',
    'tile/0',
    '/tile/0/000',
    'tile/00/000',
    'tile/64/000',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/',
    'tile/0/000/',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/entries/../../etc/passwd',
    'tile/-1/000',
  ])('refuses “%s”: LOG-13', (path) => {
    expect(refusalOf(() => parseTilePath(path))).toMatchObject({ code: 'malformed', details: { check: 'LOG-13' } });
  });

  it('is not written for a tile that cannot be', () => {
    for (const [level, index, width] of [
      [64, 0, 1],
      [0, -1, 1],
      [0, 0, 0],
      [0, 0, 257],
      [0.5, 0, 1],
    ] as const) {
      expect(refusalOf(() => tilePath({ level, index, width })).code).toBe('usage');
    }
    expect(refusalOf(() => entryBundlePath({ index: 2 ** 53, width: 1 })).code).toBe('usage');
  });
});

describe('the tiles of a tree', () => {
  it('of 70,000 leaves are those that tlog-tiles names', () => {
    const tiles = tilesOf(70_000);
    expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(tiles.filter(({ level, width }) => level > 0 || width < 256)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
  });

  it('of 256 leaves are a full one and the first of the level above', () => {
    expect(tilesOf(256)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect(tilesOf(0)).toEqual([]);
  });

  it('that are new are those that differ', () => {
    const count = fc.nat({ max: 140_000 });
    fc.assert(
      fc.property(count, count, (one, other) => {
        const [oldSize, newSize] = one <= other ? [one, other] : [other, one];
        const before = new Set(tilesOf(oldSize).map(tilePath));
        const expected = tilesOf(newSize).filter((tile) => !before.has(tilePath(tile)));
        expect(newTiles({ oldSize, newSize })).toEqual(expected);
        for (const tile of expected) expect(tileWidth(tile, newSize)).toBe(tile.width);
      }),
      { numRuns: 30 },
    );
  });
});

describe('reading', () => {
  const full = new Uint8Array(8192).fill(1);
  const tile = { level: 0, index: 0, width: 3 };

  it('takes the start of the full tile where the partial one is gone', async () => {
    expect(await readTile(holding({ 'tile/0/000': full }), tile)).toEqual(full.slice(0, 96));
    expect(await readTile(holding({ 'tile/0/000.p/3': full.slice(0, 96) }), tile)).toEqual(full.slice(0, 96));
    const bundle = encodeEntryBundle(Array.from({ length: 256 }, () => Uint8Array.of(1)));
    const read = await readEntryBundle(holding({ 'tile/entries/000': bundle }), { index: 0, width: 3 });
    expect(decodeEntryBundle(read.bytes, read.entries)).toHaveLength(256);
  });

  it('refuses a tile of another length (LOG-14) and misses one that is not there (LOG-15)', async () => {
    await expect(readTile(holding({ 'tile/0/000.p/3': full }), tile)).rejects.toMatchObject({
      details: { check: 'LOG-14' },
    });
    await expect(readTile(holding({ 'tile/0/000': full.slice(1) }), tile)).rejects.toMatchObject({
      details: { check: 'LOG-14' },
    });
    await expect(readTile(holding({}), tile)).rejects.toMatchObject({
      code: 'not-found',
      details: { check: 'LOG-15' },
    });
    const gone = readEntryBundle(holding({}), { index: 0, width: 3 });
    await expect(gone).rejects.toMatchObject({ code: 'not-found', details: { check: 'LOG-15' } });
  });
});

describe('an entry bundle', () => {
  it('goes there and back, withheld entries too', () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 20 });
    fc.assert(
      fc.property(entries, (all) => {
        expect(decodeEntryBundle(encodeEntryBundle(all), all.length)).toEqual(all);
      }),
    );
    const longest = [new Uint8Array(65_535)];
    expect(decodeEntryBundle(encodeEntryBundle(longest), 1)).toEqual(longest);
    expect(refusalOf(() => encodeEntryBundle([new Uint8Array(65_536)])).code).toBe('usage');
  });

  it('refuses any other count and every cut: LOG-18', () => {
    const bundle = encodeEntryBundle([Uint8Array.of(1, 2, 3), Uint8Array.of(4), new Uint8Array(0)]);
    for (const count of [0, 2, 4]) {
      expect(refusalOf(() => decodeEntryBundle(bundle, count)).details.check).toBe('LOG-18');
    }
    for (let length = 0; length < bundle.length; length += 1) {
      expect(refusalOf(() => decodeEntryBundle(bundle.slice(0, length), 3)).details.check).toBe('LOG-18');
    }
  });
});
