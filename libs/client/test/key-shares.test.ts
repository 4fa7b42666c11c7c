import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { type KeyShare, readShare, restoreKey, splitKey } from '../src/ceremony/key-shares.js';

const shared = async (total: number, needed: number) => {
  const key = generateSigningKey(systemRandom);
  return { key, texts: await splitKey(key, { total, needed }, systemRandom) };
};

/** Every choice of so many. */
function choices<T>(of: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return of.flatMap((each, index) => choices(of.slice(index + 1), count - 1).map((rest) => [each, ...rest]));
}

beforeAll(cryptoReady);

describe('a key in shares', () => {
  it('comes back from every choice of as many as are needed, and from more', async () => {
    const { key, texts } = await shared(5, 3);
    const shares = texts.map(readShare);
    for (const choice of [...choices(shares, 3), ...choices(shares, 4), shares]) {
      expect(await restoreKey(choice)).toEqual(key);
    }
  });

  it('SHR-02: does not come back from fewer, from one twice, or from two backups', async () => {
    const { key, texts } = await shared(5, 3);
    const shares = texts.map(readShare);
    const refused = { code: 'usage', details: { check: 'SHR-02' } };
    for (const choice of [[], ...choices(shares, 1), ...choices(shares, 2)]) {
      await expect(restoreKey(choice)).rejects.toMatchObject(refused);
    }
    const [first, second] = shares as [KeyShare, KeyShare];
    await expect(restoreKey([first, second, first])).rejects.toMatchObject(refused);
    const another = (await splitKey(key, { total: 5, needed: 3 }, systemRandom)).map(readShare);
    await expect(restoreKey([first, second, another[2] as KeyShare])).rejects.toMatchObject(refused);
  });

  it('SHR-01: a share with any character mistyped is refused', async () => {
    const [text = ''] = (await shared(2, 2)).texts;
    for (let index = 0; index < text.length; index += 1) {
      if (text[index] === ' ') continue;
      const wrong = text.slice(0, index) + (text[index] === '7' ? '8' : '7') + text.slice(index + 1);
      expect(() => readShare(wrong)).toThrow(expect.objectContaining({ details: { check: 'SHR-01' } }));
    }
    for (const nonsense of ['', 'hello', `${text}0000`, text.slice(5)])
      expect(() => readShare(nonsense)).toThrow('share');
  });

  it('is read however it is typed', async () => {
    const [text = ''] = (await shared(2, 2)).texts;
    expect(text).toMatch(/^([0-9A-Z]{5} ){16}[0-9A-Z]{5}$/);
    expect(readShare(text.toLowerCase().replaceAll(' ', '-').replaceAll('0', 'o').replaceAll('1', 'l'))).toEqual(
      readShare(text),
    );
  });

  it('SHR-03: a share that was altered, checksum and all, does not give another key', async () => {
    const shares = (await shared(2, 2)).texts.map(readShare);
    const [first, second] = shares as [KeyShare, KeyShare];
    const forged = { ...second, share: second.share.map((byte, index) => (index === 3 ? byte ^ 1 : byte)) };
    await expect(restoreKey([first, forged])).rejects.toMatchObject({
      code: 'integrity',
      details: { check: 'SHR-03' },
    });
  });

  it('has a sensible number of shares', async () => {
    const key = generateSigningKey(systemRandom);
    for (const [total, needed] of [
      [1, 1],
      [5, 1],
      [3, 4],
      [17, 2],
      [2.5, 2],
    ] as const) {
      await expect(splitKey(key, { total, needed }, systemRandom)).rejects.toMatchObject({ code: 'usage' });
    }
  });
});
