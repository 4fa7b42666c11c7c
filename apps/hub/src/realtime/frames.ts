import type { ChannelEvent } from '#liaison/protocol';

/**
 * An `event` packet as the WebSocket frame that carries it: Engine.IO message (4), Socket.IO event (2), JSON. Made once for
 * all the sockets that get it. Frames stand on their own, so those of a whole batch can be joined into one write.
 */
export function eventFrame(event: ChannelEvent): Buffer {
  return textFrame(`42["event",${event.type === 'record' ? recordText(event) : JSON.stringify(event)}]`);
}

/**
 * JSON.stringify by hand, for it would look at each character of the body. All of these are checked base64url, numbers, times and
 * ids, which JSON writes as they are; only the header needs its quotes escaped.
 */
function recordText({ channel, seq, at, chain, record }: Extract<ChannelEvent, { type: 'record' }>): string {
  const { header, body, mls, signature } = record;
  return (
    `{"channel":"${channel}","seq":${seq},"at":"${at}","chain":"${chain}","type":"record","record":` +
    `{"header":${JSON.stringify(header)},"body":"${body}","mls":"${mls}","signature":"${signature}"}}`
  );
}

/** RFC 6455 section 5.2: a final text frame of a server, unmasked. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) frame[1] = length;
  else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, start, 'utf8');
  return frame;
}
