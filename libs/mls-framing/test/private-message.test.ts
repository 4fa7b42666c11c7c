import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls';
import { LiaisonError } from '#liaison/protocol';
import { parsePrivateMessage } from '../src/index.js';

const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const message = fc.record({
  groupId: bytes(100),
  epoch: fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
  contentType: fc.constantFrom('application' as const, 'proposal' as const, 'commit' as const),
  authenticatedData: bytes(300),
  encryptedSenderData: bytes(40),
  ciphertext: bytes(1000),
});

describe('the public part of a PrivateMessage', () => {
  it('is what the library reads, for any message and at any offset of a buffer', () => {
    fc.assert(
      fc.property(message, fc.nat(7), (privateMessage, offset) => {
        const encoded = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
        const buffer = new Uint8Array(offset + encoded.length);
        buffer.set(encoded, offset);
        const { groupId, epoch, contentType, authenticatedData } = privateMessage;
        expect(parsePrivateMessage(buffer.subarray(offset))).toEqual({
          groupId,
          epoch: Number(epoch),
          contentType,
          authenticatedData,
        });
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('is refused by FRM-02 wherever the library reads nothing, or not all, or another encoding', () => {
    const start = fc.constant([0, 1, 0, 2]);
    const garbled = fc.tuple(start, bytes(200)).map(([head, tail]) => Uint8Array.of(...head, ...tail));
    fc.assert(
      fc.property(garbled, (input) => {
        if (readsWhole(input)) expect(parsePrivateMessage(input).groupId).toBeDefined();
        else expect(() => parsePrivateMessage(input)).toThrow(LiaisonError);
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(() => parsePrivateMessage(new Uint8Array())).toThrow(
      expect.objectContaining({ details: { check: 'FRM-02' } }),
    );
  });

  it('is refused by FRM-01 beyond 4 KiB', () => {
    expect(() => parsePrivateMessage(new Uint8Array(4097))).toThrow(
      expect.objectContaining({ details: { check: 'FRM-01' } }),
    );
  });

  it('costs little', () => {
    const privateMessage = {
      groupId: new Uint8Array(36),
      epoch: 5n,
      contentType: 'application' as const,
      authenticatedData: new Uint8Array(32),
      encryptedSenderData: new Uint8Array(28),
      ciphertext: new Uint8Array(350),
    };
    const encoded = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    const start = process.cpuUsage();
    for (let count = 0; count < 20_000; count += 1) parsePrivateMessage(encoded);
    const { user, system } = process.cpuUsage(start);
    // Measured at about 1 µs; the bound only catches a return to a decoder of 20 times that.
    expect((user + system) / 20_000).toBeLessThan(20);
  });
});

function readsWhole(input: Uint8Array): boolean {
  try {
    const decoded = decodeMlsMessage(input, 0);
    if (decoded?.[0].wireformat !== 'mls_private_message' || decoded[1] !== input.length) return false;
    const again = encodeMlsMessage(decoded[0]);
    return (
      decoded[0].privateMessage.epoch <= Number.MAX_SAFE_INTEGER && again.every((byte, index) => byte === input[index])
    );
  } catch {
    return false;
  }
}
