import { connect } from 'node:net';

/** What came back on a connection before it was closed. `status` 0: not an HTTP answer, or nothing at all. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly milliseconds: number;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
  readonly framing?: 'length' | 'chunked';
}

const PATIENCE_MS = 8_000;

/** The bytes as they stand, on a connection of their own. @throws Error where the hub neither answers nor closes in time. */
export function exchangeBytes(port: number, bytes: Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const pieces: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy();
      reject(new Error(`No answer within ${PATIENCE_MS} ms.`));
    });
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if (isWhole(Buffer.concat(pieces))) socket.destroy();
    });
    // A hub that closes without reading on resets the connection: what it said before counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(parseAnswer(Buffer.concat(pieces), performance.now() - startedAt));
    });
    socket.write(bytes);
  });
}

export function exchange(port: number, request: RawRequest): Promise<RawAnswer> {
  return exchangeBytes(port, encodeRequest(request));
}

/** Nothing is checked or corrected: whoever writes a header of nonsense means it. */
function encodeRequest({ method, path, headers, body, framing }: RawRequest): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close'];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body !== undefined)
    lines.push(framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (body === undefined) return head;
  return Buffer.concat([head, framing === 'chunked' ? chunked(body) : body]);
}

function chunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < body.length; start += 16_384) {
    const piece = body.subarray(start, start + 16_384);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

/** The hub keeps a connection open where nobody asked it to close. */
function isWhole(bytes: Buffer): boolean {
  const { headers, body } = parseAnswer(bytes, 0);
  const length = headers.get('content-length');
  return length !== undefined && Buffer.byteLength(body) >= Number(length);
}

function parseAnswer(bytes: Buffer, milliseconds: number): RawAnswer {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1] ?? 0);
  return { status, headers, body: end < 0 ? '' : text.slice(end + 4), milliseconds };
}
