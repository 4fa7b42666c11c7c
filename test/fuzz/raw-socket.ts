import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SOCKET_PATH } from '#liaison/protocol';

/** WebSocket opcodes (RFC 6455 section 5.2). */
export const TEXT = 1;
export const BINARY = 2;

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);
const CLOSE_PATIENCE_MS = 5_000;

/** A WebSocket of which every byte can be chosen. */
export class RawSocket {
  private received = '';
  private isClosed = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.received += piece.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    const raw = new RawSocket(socket);
    await once(socket, 'connect');
    socket.write(
      [
        `GET ${SOCKET_PATH}/?EIO=4&transport=websocket HTTP/1.1`,
        'Host: 127.0.0.1',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        '\r\n',
      ].join('\r\n'),
    );
    await raw.until('"sid"');
    return raw;
  }

  /** Socket.IO's CONNECT with the token. Resolves when the hub has greeted. */
  async signIn(token: string): Promise<void> {
    this.send(TEXT, Buffer.from(`40${JSON.stringify({ token })}`));
    if (!(await this.until('"hello"'))) throw new Error(`The hub did not greet. It said: ${this.received}`);
  }

  send(opcode: number, payload: Uint8Array, { isFinal = true, isMasked = true } = {}): void {
    this.sendBytes(frame(opcode, payload, isFinal, isMasked));
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** @returns whether this came, before the connection was closed. */
  async until(text: string): Promise<boolean> {
    const end = Date.now() + CLOSE_PATIENCE_MS;
    while (!this.received.includes(text)) {
      if (this.isClosed) return false;
      if (Date.now() > end) throw new Error(`The hub neither said ${text} nor closed. It said: ${this.received}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return true;
  }

  close(): void {
    this.socket.destroy();
  }
}

function frame(opcode: number, payload: Uint8Array, isFinal: boolean, isMasked: boolean): Buffer {
  const first = (isFinal ? 0x80 : 0) | opcode;
  const bit = isMasked ? 0x80 : 0;
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([first, bit | length])
      : length < 65_536
        ? Buffer.from([first, bit | 126, length >> 8, length & 0xff])
        : Buffer.from([
            first,
            bit | 127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 0xff,
            (length >> 8) & 0xff,
            length & 0xff,
          ]);
  if (!isMasked) return Buffer.concat([head, payload]);
  return Buffer.concat([head, MASK, payload.map((byte, index) => byte ^ MASK[index & 3]!)]);
}
