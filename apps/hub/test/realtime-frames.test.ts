import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChannelEvent, type ChannelId } from '#liaison/protocol';
import { answerText, eventFrame, joinFrames, textFrame } from '../src/realtime/frames.js';
import { fabricateRecord, freshId, testDevice } from './fabricated-records.js';

/** RFC 6455 section 5.2, read back. */
function payloadOf(frame: Buffer): string {
  expect(frame[0]).toBe(0x81);
  const short = frame[1] ?? 0;
  const [start, length] =
    short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))];
  expect(frame.length).toBe(start + length);
  return frame.toString('utf8', start);
}

describe('frames', () => {
  it('carry any text, of any length', () => {
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
      expect(payloadOf(textFrame('x'.repeat(length)))).toHaveLength(length);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(payloadOf(textFrame(text))).toBe(text.toWellFormed());
      }),
    );
  });

  it('carry a record exactly as JSON.stringify would write it', () => {
    const channel = freshId() as ChannelId;
    const marking = {
      classification: 'RESTRICTED',
      handling: [],
      caveats: [],
      nationalMarking: 'ЗА СЛУЖЕБНО "ПОЛЗВАНЕ" \\',
    };
    const { id: _, ...record } = fabricateRecord(testDevice('bg:petrova:desk-1'), channel, { marking });
    const event = ChannelEvent.parse({
      channel,
      seq: 7,
      at: '2026-11-21T18:00:00.000Z',
      chain: 'A'.repeat(43),
      type: 'record',
      record,
    });
    expect(payloadOf(eventFrame(event))).toBe(`42["event",${JSON.stringify(event)}]`);
  });

  it('leave together in their order, whether they are copied into one piece or stay where they are', () => {
    const frames = [textFrame('a'), answerText('7', { seq: 1 }), textFrame('é'.repeat(100)), answerText('8', 'ж')];
    const apart = Buffer.concat(frames.map((frame) => (typeof frame === 'string' ? textFrame(frame) : frame)));
    const joined = joinFrames(frames, 4096);
    expect(joined).toHaveLength(1);
    expect(Buffer.concat(joined)).toEqual(apart);
    const [first, , third] = joinFrames(frames, 10);
    expect([first, third]).toEqual([frames[0], frames[2]]);
    expect(Buffer.concat(joinFrames(frames, 10))).toEqual(apart);
    expect(joinFrames(['x'], 4096)).toEqual([textFrame('x')]);
  });
});
