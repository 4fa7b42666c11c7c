import { createServer, type Server as HttpServer } from 'node:http';
import { SOCKET_MESSAGE_LIMIT, SOCKET_PATH } from '#liaison/protocol';
import pg from 'pg';
import { Server, type Socket } from 'socket.io';

interface Submission {
  readonly socket: Socket;
  readonly channel: string;
  readonly body: string;
  readonly acknowledge: (receipt: { channel: string; seq: number }) => void;
}

const BATCH = 256;

const INSERT = {
  name: 'insert',
  text: `INSERT INTO messages (channel, seq, body)
         SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[]) RETURNING seq`,
};

export interface Ceiling {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The least that a durable fan-out over socket.io and PostgreSQL has to do: order, commit in groups, acknowledge, broadcast. No sign-in and
 * no checks of any kind: for measuring only, on loopback only. A socket joins the channels that its handshake names.
 */
export async function startCeiling(databaseUrl: string): Promise<Ceiling> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await pool.query(
    'CREATE TABLE IF NOT EXISTS messages (channel uuid, seq int, body text, PRIMARY KEY (channel, seq))',
  );
  const http = createServer();
  const io = new Server(http, {
    path: SOCKET_PATH,
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    maxHttpBufferSize: SOCKET_MESSAGE_LIMIT,
  });
  const fanOut = new FanOut(pool);
  io.on('connection', (socket) => {
    fanOut.admit(socket);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { port: portOf(http), stop: () => stop(io, pool) };
}

class FanOut {
  private readonly lastSeq = new Map<string, number>();
  private waiting: Submission[] = [];
  private committing = false;

  constructor(private readonly pool: pg.Pool) {}

  admit(socket: Socket): void {
    const { channels } = socket.handshake.auth as { channels: string[] };
    void socket.join(channels);
    socket.on('submit', (message: { channel: string; body: string }, acknowledge: Submission['acknowledge']) => {
      this.waiting.push({ socket, channel: message.channel, body: message.body, acknowledge });
      if (!this.committing) setImmediate(() => void this.commitAll());
    });
    socket.emit('hello', { channels: channels.map((id) => ({ id, lastSeq: this.lastSeq.get(id) ?? 0 })) });
  }

  private async commitAll(): Promise<void> {
    if (this.committing) return;
    this.committing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      const seqs = batch.map(({ channel }) => this.nextSeq(channel));
      await this.pool.query({ ...INSERT, values: [batch.map((m) => m.channel), seqs, batch.map((m) => m.body)] });
      for (const [index, message] of batch.entries()) publish(message, seqs[index] ?? 0);
    }
    this.committing = false;
  }

  private nextSeq(channel: string): number {
    const seq = (this.lastSeq.get(channel) ?? 0) + 1;
    this.lastSeq.set(channel, seq);
    return seq;
  }
}

function publish({ socket, channel, body, acknowledge }: Submission, seq: number): void {
  acknowledge({ channel, seq });
  socket.to(channel).emit('event', { channel, seq, body });
}

function portOf(http: HttpServer): number {
  const address = http.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function stop(io: Server, pool: pg.Pool): Promise<void> {
  await io.close();
  await pool.end();
}
