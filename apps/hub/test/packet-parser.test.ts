import { describe, expect, it } from '@jest/globals';
import { packetParser } from '../src/realtime/packet-parser.js';

function decoded(...received: readonly unknown[]): unknown[] {
  const packets: unknown[] = [];
  const decoder = new packetParser.Decoder();
  decoder.on('decoded', (packet) => packets.push(packet));
  for (const each of received) decoder.add(each);
  return packets;
}

describe("the hub's socket.io parser", () => {
  it('reads the packets of protocol 5', () => {
    expect(decoded('0{"token":"t"}', '1', '2["cursor",{"seq":1}]', '0/other,{}', '31[]')).toEqual([
      { type: 0, nsp: '/', data: { token: 't' } },
      { type: 1, nsp: '/' },
      { type: 2, nsp: '/', data: ['cursor', { args: [{ seq: 1 }], id: undefined }] },
      { type: 0, nsp: '/other', data: {} },
      { type: 3, nsp: '/', data: [] },
    ]);
  });

  it('gives an event the id of its answer, as it was written', () => {
    expect(decoded('20["submit",{}]', '2/other,0017["submit",1,2]')).toEqual([
      { type: 2, nsp: '/', data: ['submit', { args: [{}], id: '0' }] },
      { type: 2, nsp: '/other', data: ['submit', { args: [1, 2], id: '0017' }] },
    ]);
  });

  it('passes over the attachments of a binary event', () => {
    const [event, after] = decoded('51-7["submit",{"_placeholder":true,"num":0}]', Buffer.from([1]), '1');
    expect(event).toEqual({
      type: 2,
      nsp: '/',
      data: ['submit', { args: [{ _placeholder: true, num: 0 }], id: '7' }],
    });
    expect(after).toEqual({ type: 1, nsp: '/' });
  });

  it.each([
    ['nothing', ''],
    ['another type', '7["submit"]'],
    ['no JSON', '2["submit"'],
    ['no array', '2{"submit":1}'],
    ['no name', '2[1]'],
    ['a name of socket.io itself', '2["disconnect"]'],
    ['a name of an emitter', '2["newListener",1]'],
    ['an id beyond all numbers', `2${'9'.repeat(17)}["submit"]`],
    ['a consent that is no object', '0"yes"'],
    ['a farewell with words', '1["bye"]'],
    ['no number of attachments', '5-["submit"]'],
    ['too many attachments', '511-["submit"]'],
    ['binary that nobody announced', Buffer.from([1])],
  ])('refuses %s', (_what, received) => {
    expect(() => decoded(received)).toThrow('This is no packet of socket.io');
  });

  it('refuses text where attachments were announced', () => {
    expect(() => decoded('52-["submit"]', Buffer.from([1]), '1')).toThrow('This is no packet of socket.io');
  });

  it('writes packets as socket.io does', () => {
    const encoder = new packetParser.Encoder();
    expect(encoder.encode({ type: 0, nsp: '/', data: { sid: 'x' } })).toEqual(['0{"sid":"x"}']);
    expect(encoder.encode({ type: 4, nsp: '/other', data: { message: 'no' } })).toEqual(['4/other,{"message":"no"}']);
    expect(encoder.encode({ type: 3, nsp: '/', id: 12, data: [] })).toEqual(['312[]']);
    expect(encoder.encode({ type: 1, nsp: '/' })).toEqual(['1']);
  });
});
