import { LiaisonError } from '#liaison/protocol';

const TEXT = 0x81;
const CLOSE = 0x8;
const MASK = Buffer.from([0x5a, 0x13, 0xc7, 0x3e]);

/** A whole client frame (RFC 6455 section 5.2). Masked with a non-zero key, so that the server pays for unmasking as it does with a browser. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = frameHeader(payload.length);
  for (let index = 0; index < payload.length; index += 1) payload[index]! ^= MASK[index & 3]!;
  return Buffer.concat([header, MASK, payload]);
}

function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([TEXT, 0x80 | length]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = TEXT;
  header[1] = 0x80 | (length < 65_536 ? 126 : 127);
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Told of each text message as a range of a buffer that is only valid during the call. */
export type OnText = (buffer: Buffer, start: number, end: number) => void;

/** Splits a server's bytes into frames without copying those that arrive whole. */
export class ServerFrames {
  private rest: Buffer | undefined;

  constructor(
    private readonly onText: OnText,
    private readonly onClose: () => void,
  ) {}

  feed(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    const used = this.readAll(bytes);
    // The chunk is the socket's read buffer and will be overwritten.
    this.rest = used === bytes.length ? undefined : Buffer.from(bytes.subarray(used));
  }

  private readAll(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      const start = payloadStart(bytes, at);
      if (start < 0) return at;
      const end = start + payloadLength(bytes, at);
      if (end > bytes.length) return at;
      this.read(bytes, at, start, end);
      at = end;
    }
  }

  private read(bytes: Buffer, at: number, start: number, end: number): void {
    if (bytes[at] === TEXT) this.onText(bytes, start, end);
    else if ((bytes[at]! & 0xf) === CLOSE) this.onClose();
    else throw new LiaisonError('internal', 'The server sent a WebSocket frame that the load generator does not read.');
  }
}

/** @returns -1 where the header is not there yet. */
function payloadStart(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return -1;
  const short = bytes[at + 1]!;
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  return start > bytes.length ? -1 : start;
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = bytes[at + 1]!;
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
