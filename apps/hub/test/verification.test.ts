import { describe, expect, it } from '@jest/globals';
import { cryptoReady, signingKeyFromSeed, signRecord } from '#liaison/crypto';
import { verifyRecords, type RecordToVerify } from '#liaison/crypto.node';
import { packRecords, unpackRecords } from '../src/records/packed-records.js';
import { VerificationQueue, type VerifyRecords } from '../src/records/verification-queue.js';
import { VerificationThread } from '../src/records/verification-thread.js';

await cryptoReady();
const key = signingKeyFromSeed(new Uint8Array(32).fill(3));

function signed(number: number): RecordToVerify {
  const hashes = {
    headerHash: new Uint8Array(32).fill(number),
    bodyHash: new Uint8Array(32).fill(number + 1),
    mlsHash: new Uint8Array(32).fill(number + 2),
  };
  return { hashes, signature: signRecord(hashes, key), publicKey: key.publicKey };
}

function forged(number: number): RecordToVerify {
  return { ...signed(number), signature: signed(number + 1).signature };
}

describe('records packed for another thread', () => {
  it('are unpacked as they were', async () => {
    const records = [signed(1), forged(2), signed(3)];
    const unpacked = unpackRecords(packRecords(records));
    expect(unpacked).toEqual(records);
    expect(await verifyRecords(unpacked)).toEqual([true, false, true]);
  });

  it('have parts of the documented lengths', () => {
    expect(() => packRecords([{ ...signed(1), signature: new Uint8Array(63) }])).toThrow('wrong length');
  });
});

describe('the verification thread', () => {
  it('tells good signatures from bad, also where it has no program', async () => {
    const thread = new VerificationThread(() => undefined);
    expect(await thread.verify([signed(1), forged(2), signed(3), forged(4)])).toEqual([true, false, true, false]);
    await thread.stop();
    expect(await thread.verify([forged(1), signed(2)])).toEqual([false, true]);
  });
});

interface Left {
  readonly number: number;
  readonly outcome: boolean | { readonly fault: unknown };
}

/** Adds `count` records; resolves when all have left. */
function queueOf(verify: VerifyRecords, count: number, weight = 1): Promise<Left[]> {
  return new Promise((resolve) => {
    const left: Left[] = [];
    const queue = new VerificationQueue<{ toVerify: RecordToVerify; weight: number; number: number }>(
      verify,
      ({ number }, outcome) => {
        left.push({ number, outcome });
        if (left.length === count) resolve(left);
      },
    );
    const toVerify = signed(1);
    for (let number = 0; number < count; number += 1) queue.add({ toVerify, weight, number });
  });
}

describe('the verification queue', () => {
  it('lets records leave in the order in which they came, many verified together', async () => {
    const batches: number[] = [];
    const left = await queueOf((records) => {
      batches.push(records.length);
      return Promise.resolve(records.map(() => true));
    }, 150);
    expect(left.map(({ number }) => number)).toEqual(Array.from({ length: 150 }, (_, number) => number));
    expect(left.every(({ outcome }) => outcome === true)).toBe(true);
    expect(batches).toEqual([64, 64, 22]);
  });

  it('tells of a fault, and goes on', async () => {
    let calls = 0;
    const left = await queueOf((records) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(records.map(() => false));
    }, 65);
    expect(left[0]?.outcome).toEqual({ fault: new Error('lost') });
    expect(left[64]?.outcome).toBe(false);
  });

  it('takes no answer that is missing for a yes', async () => {
    expect(await queueOf(() => Promise.resolve([]), 1)).toEqual([{ number: 0, outcome: false }]);
  });

  it('takes no more than it can hold', () => {
    const never: VerifyRecords = () => new Promise(() => undefined);
    const many = new VerificationQueue(never, () => undefined);
    const large = new VerificationQueue(never, () => undefined);
    const toVerify = signed(1);
    for (let count = 0; count < 10_000; count += 1) expect(many.add({ toVerify, weight: 1 })).toBe(true);
    expect(many.add({ toVerify, weight: 1 })).toBe(false);
    expect(large.add({ toVerify, weight: 60_000_000 })).toBe(true);
    expect(large.add({ toVerify, weight: 60_000_000 })).toBe(false);
  });
});
