import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { LiaisonError, SOCKET_PATH } from '#liaison/protocol';
import { clientFrame, ServerFrames } from './websocket-frames.js';

/** What a connection tells. Buffers are only valid during the call. */
export interface ConnectionListener {
  /** `["event", …]`: `seq` is the position in the channel. */
  onDelivery(connection: number, seq: number): void;
  /** The acknowledgement of the submission with that id; `error` is the text of the answer where it carries no position. */
  onAcknowledgement(connection: number, id: number, seq: number, error?: string): void;
  /** Each whole message as text, only when asked for: it costs what the measured rounds must not pay. */
  onText?(connection: number, text: string): void;
  onEnd(connection: number): void;
}

export interface ConnectionAddress {
  readonly port: number;
  /** The socket.io handshake's `auth`. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** 127.x.y.z to connect from. */
  readonly from?: string;
}

const DIGIT_0 = 0x30;
const PING = 0x32;
const MESSAGE = 0x34;
const CONNECT = 0x30;
const EVENT = 0x32;
const ACKNOWLEDGEMENT = 0x33;
const SEQ = Buffer.from('"seq":');
const EVENT_PREFIX = Buffer.from('42["event"');
const HELLO_PREFIX = Buffer.from('42["hello"');
const PONG_FRAME = clientFrame('3');

// One read buffer for all connections: callbacks are synchronous, and the frame reader copies what it keeps.
const readBuffer = Buffer.alloc(256 * 1024);

/**
 * A socket.io connection (engine.io 4, socket.io protocol 5, WebSocket only) that does no more than the measurement needs:
 * the ordinary client would cost more CPU for each delivery than the server it measures.
 */
export class SocketConnection {
  /** The first event's argument, as JSON text. */
  hello = '';
  private readonly frames: ServerFrames;
  private seqOffset = 0;
  private upgraded = false;
  private ready: (() => void) | undefined;
  private refused: ((error: Error) => void) | undefined;

  private constructor(
    private readonly index: number,
    private readonly socket: Socket,
    private readonly address: ConnectionAddress,
    private readonly listener: ConnectionListener,
  ) {
    this.frames = new ServerFrames(
      (bytes, start, end) => {
        this.read(bytes, start, end);
      },
      () => {
        this.close();
      },
    );
  }

  /** Resolves once the server has sent its first event, which both servers call `hello`. */
  static async open(
    index: number,
    address: ConnectionAddress,
    listener: ConnectionListener,
  ): Promise<SocketConnection> {
    const taker: { take?: (bytes: Buffer) => void } = {};
    const socket = connect({
      host: '127.0.0.1',
      port: address.port,
      ...(address.from !== undefined && { localAddress: address.from }),
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          taker.take?.(readBuffer.subarray(0, length));
          return true;
        },
      },
    });
    socket.setNoDelay(true);
    const connection = new SocketConnection(index, socket, address, listener);
    taker.take = (bytes) => {
      connection.take(bytes);
    };
    await connection.handshake();
    return connection;
  }

  /** @param frame of clientFrame. */
  send(frame: Buffer): void {
    this.socket.write(frame);
  }

  close(): void {
    this.socket.destroy();
  }

  private async handshake(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.ready = resolve;
      this.refused = reject;
      this.socket.once('error', reject);
      this.socket.once('close', () => {
        reject(new LiaisonError('unavailable', 'The server closed the connection during the handshake.'));
        this.listener.onEnd(this.index);
      });
      this.socket.write(upgradeRequest(this.address.port));
    });
  }

  private take(bytes: Buffer): void {
    if (this.upgraded) {
      this.frames.feed(bytes);
      return;
    }
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0 || !bytes.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
      this.refused?.(
        new LiaisonError('unavailable', `No WebSocket: ${bytes.toString('latin1').split('\r\n')[0] ?? ''}`),
      );
      return;
    }
    this.upgraded = true;
    if (end + 4 < bytes.length) this.frames.feed(Buffer.from(bytes.subarray(end + 4)));
  }

  private read(bytes: Buffer, start: number, end: number): void {
    if (this.listener.onText !== undefined) this.listener.onText(this.index, bytes.toString('utf8', start, end));
    const type = bytes[start];
    if (type === MESSAGE) this.readPacket(bytes, start, end);
    else if (type === PING) this.send(PONG_FRAME);
    else if (type === CONNECT) this.send(clientFrame(`40${JSON.stringify(this.address.auth)}`));
  }

  private readPacket(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start + 1];
    if (type === ACKNOWLEDGEMENT) this.readAcknowledgement(bytes, start, end);
    else if (type !== EVENT) this.readConnect(bytes, start, end);
    else if (standsAt(EVENT_PREFIX, bytes, start, end))
      this.listener.onDelivery(this.index, this.readSeq(bytes, start, end));
    else if (standsAt(HELLO_PREFIX, bytes, start, end)) this.readHello(bytes, start, end);
  }

  /** `40{…}` is the server's consent, `44{…}` its refusal, `41` the end. */
  private readConnect(bytes: Buffer, start: number, end: number): void {
    if (bytes[start + 1] === CONNECT) return;
    this.refused?.(
      new LiaisonError('unavailable', `The server refused the socket: ${bytes.toString('utf8', start, end)}`),
    );
  }

  private readHello(bytes: Buffer, start: number, end: number): void {
    this.hello = bytes.toString('utf8', start + HELLO_PREFIX.length + 1, end - 1);
    this.ready?.();
  }

  private readAcknowledgement(bytes: Buffer, start: number, end: number): void {
    let id = 0;
    for (let at = start + 2; bytes[at] !== 0x5b; at += 1) id = id * 10 + bytes[at]! - DIGIT_0;
    const at = bytes.indexOf(SEQ, start);
    if (at < 0 || at >= end) this.listener.onAcknowledgement(this.index, id, -1, bytes.toString('utf8', start, end));
    else this.listener.onAcknowledgement(this.index, id, readDigits(bytes, at + SEQ.length));
  }

  /**
   * The header inside an event is a JSON string, where quotes are escaped: only the event's own member reads `"seq":`.
   * It mostly stands where it stood in the last event, whatever the size of what follows it.
   */
  private readSeq(bytes: Buffer, start: number, end: number): number {
    let at = start + this.seqOffset;
    if (!standsAt(SEQ, bytes, at, end)) at = bytes.indexOf(SEQ, start);
    if (at < 0 || at >= end) return -1;
    this.seqOffset = at - start;
    return readDigits(bytes, at + SEQ.length);
  }
}

function standsAt(part: Buffer, bytes: Buffer, at: number, end: number): boolean {
  if (at + part.length > end) return false;
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}

function readDigits(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; ; at += 1) {
    const digit = bytes[at]! - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
}

function upgradeRequest(port: number): string {
  return [
    `GET ${SOCKET_PATH}/?EIO=4&transport=websocket HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
}
