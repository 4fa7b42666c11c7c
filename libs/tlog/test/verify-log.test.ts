import { describe, expect, it } from '@jest/globals';
import { decodeLogEntry, type LogReader, verifyLog } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { ORIGIN } from './golden/community.js';
import { entries, filesOf, golden, readerOf, rootOf, SIZE } from './golden/log.js';
import { measureVerification } from './measure.js';

const checkpoint = { origin: ORIGIN, size: SIZE, root: rootOf(SIZE), extensions: [] };

describe('the verification of a log', () => {
  it('shows each entry once, in order, and how far it is', async () => {
    const shown: string[] = [];
    const progress: unknown[] = [];
    const result = await verifyLog({
      reader: readerOf(golden.files),
      checkpoint,
      entries: true,
      onEntry: (index, entry) => shown.push(`${index} ${decodeLogEntry(entry).type}`),
      onProgress: (step) => progress.push(step),
      hashing: nodeTreeHashing,
    });
    expect(result).toEqual({ outcome: 'ok', size: SIZE, shown: SIZE, withheld: 0 });
    expect(shown).toEqual(entries.map((entry, index) => `${index} ${decodeLogEntry(entry).type}`));
    expect(progress).toEqual([{ done: SIZE, total: SIZE }]);
  });

  it('holds for every size around a tile', async () => {
    for (const size of [0, 1, 2, 255, 256, 257, 299]) {
      const { files, root } = filesOf(entries, size);
      const result = await verifyLog({
        reader: readerOf(files),
        checkpoint: { ...checkpoint, size, root },
        entries: true,
      });
      expect(result).toEqual({ outcome: 'ok', size, shown: size, withheld: 0 });
    }
  });

  it('of nothing with a root of something fails: LOG-17', async () => {
    const result = await verifyLog({
      reader: readerOf(new Map()),
      checkpoint: { ...checkpoint, size: 0 },
      entries: true,
    });
    expect(result).toMatchObject({ outcome: 'inconsistent', check: 'LOG-17' });
  });

  it('reports any bit that changes in any file', async () => {
    for (const [path, bytes] of golden.files) {
      for (const place of [0, 1, 40, bytes.length - 1].filter((each) => each < bytes.length)) {
        const changed = bytes.slice();
        changed[place]! ^= 1;
        const reader: LogReader = {
          read: (asked) => Promise.resolve(asked === path ? changed : golden.files.get(asked)),
        };
        const result = await verifyLog({ reader, checkpoint, entries: true, hashing: nodeTreeHashing });
        expect([path, place, result.outcome]).not.toEqual([path, place, 'ok']);
      }
    }
  });

  it('lets the failure of a reader pass: it is no fault of the log', async () => {
    const reader: LogReader = { read: () => Promise.reject(new Error('the disk is gone')) };
    await expect(verifyLog({ reader, checkpoint, entries: false })).rejects.toThrow('the disk is gone');
  });

  it('reaches the top of a large log: LIAISON_LEAVES says how large', async () => {
    const leaves = Number(process.env['LIAISON_LEAVES'] ?? 70_000);
    const measured = await measureVerification(leaves);
    if (process.env['LIAISON_LEAVES'] !== undefined) console.log(JSON.stringify(measured, null, 2));
    expect(measured.leaves).toBe(leaves);
  });
});
