import { describe, expect, it } from '@jest/globals';
import type { TilePlace } from '#liaison/tlog';
import { TileCache } from '../src/log/tile-cache.js';

/** A log whose tile (level, index) has the width that `widths` says now. */
function cacheOf(widths: Map<string, number>, most?: number) {
  const readings: string[][] = [];
  const read = (places: readonly TilePlace[]) => {
    const names = places.map(({ level, index }) => `${level}/${index}`);
    readings.push(names);
    return Promise.resolve(
      names.map((name) => {
        const width = widths.get(name);
        return width === undefined ? undefined : Uint8Array.from({ length: width * 32 }, (_, at) => at % 251);
      }),
    );
  };
  return { cache: new TileCache(read, most), readings };
}

describe('the cache of tiles', () => {
  it('reads at once what one turn of the event loop asks for, each place once', async () => {
    const { cache, readings } = cacheOf(new Map([['0/0', 256]]));
    const [whole, part, absent] = await Promise.all([
      cache.tile({ level: 0, index: 0, width: 256 }),
      cache.tile({ level: 0, index: 0, width: 2 }),
      cache.tile({ level: 0, index: 1, width: 1 }),
    ]);
    expect([whole?.length, part?.length, absent]).toEqual([256 * 32, 64, undefined]);
    expect(readings).toEqual([['0/0', '0/1']]);
  });

  it('answers from what it knows, and reads again what has grown or was absent', async () => {
    const widths = new Map([['0/0', 3]]);
    const { cache, readings } = cacheOf(widths);
    expect((await cache.tile({ level: 0, index: 0, width: 3 }))?.length).toBe(96);
    expect((await cache.tile({ level: 0, index: 0, width: 2 }))?.length).toBe(64);
    expect(readings).toHaveLength(1);
    expect(await cache.tile({ level: 0, index: 0, width: 4 })).toBeUndefined();
    widths.set('0/0', 4);
    expect((await cache.tile({ level: 0, index: 0, width: 4 }))?.length).toBe(128);
    expect(readings).toHaveLength(3);
  });

  it('forgets what was not asked for longest', async () => {
    const { cache, readings } = cacheOf(new Map(['0/0', '0/1', '0/2'].map((name) => [name, 1])), 2);
    const ask = (index: number) => cache.tile({ level: 0, index, width: 1 });
    for (const index of [0, 1, 0, 2, 0, 1]) await ask(index);
    expect(readings).toEqual([['0/0'], ['0/1'], ['0/2'], ['0/1']]);
  });

  it('tells everyone who asked of a failure, and tries again', async () => {
    let calls = 0;
    const cache = new TileCache(() => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('gone')) : Promise.resolve([new Uint8Array(32)]);
    });
    const ask = () => cache.tile({ level: 0, index: 0, width: 1 });
    expect(await Promise.allSettled([ask(), ask()])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect((await ask())?.length).toBe(32);
  });
});
