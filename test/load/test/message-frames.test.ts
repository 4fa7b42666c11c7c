import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, recordHashes, signingKeyFromSeed, verifyRecord } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { parsePrivateMessage } from '#liaison/mls-framing';
import { loadMls } from '#liaison/mls-session';
import { decodeHeader, equalBytes, fromBase64url, RecordEnvelope, toBase64url, utf8 } from '#liaison/protocol';
import { GROUP_PROFILE, groupDevices } from '../client-cost/load-group.js';
import { recordMaker, SEALED_BODY_BYTES } from '../generator/message-frames.js';
import { clientFrame, ServerFrames } from '../generator/websocket-frames.js';

const CHANNEL = '019aa5c0-0000-7000-8000-000000000001';

beforeAll(cryptoReady);

describe('records of the load generator', () => {
  it('pass every check that a hub can make', async () => {
    const mls = await loadMls(systemRandom);
    const [device] = groupDevices(1);
    const key = { signingSeed: device!.signingSeed };
    const externalSenderKey = generateSigningKey(systemRandom).publicKey;
    const group = { ...device!, groupId: utf8(CHANNEL), profile: GROUP_PROFILE, externalSenderKey };
    const { message } = await mls.encrypt(
      (await mls.createGroup(group)).state,
      systemRandom.bytes(64),
      new Uint8Array(32),
    );
    const make = recordMaker(CHANNEL, {
      epoch: 0,
      seen: { seq: 0, chain: toBase64url(new Uint8Array(32)) },
      privateMessage: toBase64url(message),
      senders: [{ device: 'load:officer-0:desk-1', signingSeed: toBase64url(key.signingSeed) }],
    });
    const [first, second] = [RecordEnvelope.parse(make(0)), RecordEnvelope.parse(make(0))];
    const header = decodeHeader(first.header);
    const parts = { header: utf8(first.header), body: fromBase64url(first.body), mls: fromBase64url(first.mls) };
    const hashes = recordHashes(parts);
    const framing = parsePrivateMessage(parts.mls);
    const { publicKey } = signingKeyFromSeed(key.signingSeed);
    expect(header.bodySize).toBe(parts.body.length);
    expect(parts.body.length).toBe(SEALED_BODY_BYTES);
    expect(framing).toMatchObject({ epoch: 0, contentType: 'application' });
    expect(equalBytes(framing.authenticatedData, hashes.headerHash)).toBe(true);
    expect(verifyRecord(hashes, fromBase64url(first.signature), publicKey)).toBe(true);
    expect(decodeHeader(second.header).id).not.toBe(header.id);
  });
});

describe('WebSocket frames', () => {
  it.each([5, 200, 70_000])('of %i characters are read whole, in pieces and joined', (length) => {
    const text = 'x'.repeat(length);
    const frame = unmasked(clientFrame(text));
    for (const size of [1_000_000, 1000, 7]) {
      const texts: string[] = [];
      const frames = new ServerFrames(
        (bytes, start, end) => texts.push(bytes.toString('utf8', start, end)),
        () => undefined,
      );
      const bytes = Buffer.concat([frame, frame]);
      for (let at = 0; at < bytes.length; at += size) frames.feed(bytes.subarray(at, at + size));
      expect(texts).toEqual([text, text]);
    }
  });
});

/** As a server would send it: no mask. */
function unmasked(frame: Buffer): Buffer {
  const short = frame[1]! & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const mask = frame.subarray(header, header + 4);
  const payload = Buffer.from(frame.subarray(header + 4).map((byte, index) => byte ^ mask[index & 3]!));
  const head = Buffer.from(frame.subarray(0, header));
  head[1] = short;
  return Buffer.concat([head, payload]);
}
