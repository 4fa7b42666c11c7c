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

/** A frame that is encoded already, or the text of one. */
export type Frame = Buffer | string;

/** The answer to the call of that id: Engine.IO message (4), Socket.IO acknowledgement (3), JSON. */
export function answerText(id: string, told: unknown): string {
  return `43${id}[${JSON.stringify(told)}]`;
}

/** The frames in their order, in one piece where they have no more than `copied` bytes; else those that are encoded stay where they are. */
export function joinFrames(frames: readonly Frame[], copied: number): readonly Buffer[] {
  const sizes = frames.map((frame) => (typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length));
  const size = sizes.reduce((sum, bytes) => sum + bytes + LONGEST_HEADER, 0);
  const [only] = frames;
  if (frames.length === 1 && typeof only === 'object') return [only];
  if (size > copied) return frames.map((frame) => (typeof frame === 'string' ? textFrame(frame) : frame));
  const joined = Buffer.allocUnsafe(size);
  let end = 0;
  for (const [index, frame] of frames.entries()) {
    end += typeof frame === 'string' ? putTextFrame(joined, end, frame, sizes[index] ?? 0) : frame.copy(joined, end);
  }
  return [joined.subarray(0, end)];
}

const LONGEST_HEADER = 10;

/** RFC 6455 section 5.2: a final text frame of a server, unmasked. */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes(bytes) + bytes);
  putTextFrame(frame, 0, text, bytes);
  return frame;
}

function headerBytes(payload: number): number {
  return payload < 126 ? 2 : payload < 65_536 ? 4 : LONGEST_HEADER;
}

/** @returns its length. */
function putTextFrame(target: Buffer, at: number, text: string, bytes: number): number {
  const header = headerBytes(bytes);
  target[at] = 0x81;
  if (header === 2) target[at + 1] = bytes;
  else if (header === 4) {
    target[at + 1] = 126;
    target.writeUInt16BE(bytes, at + 2);
  } else {
    target[at + 1] = 127;
    target.writeBigUInt64BE(BigInt(bytes), at + 2);
  }
  // What has as many bytes as characters is ASCII, and that is written fastest as latin1.
  target.write(text, at + header, bytes, bytes === text.length ? 'latin1' : 'utf8');
  return header + bytes;
}
