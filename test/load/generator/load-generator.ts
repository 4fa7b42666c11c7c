import { LiaisonError } from '#liaison/protocol';
import { percentiles } from '../statistics.js';
import { ChannelLedger } from './channel-ledger.js';
import type { LoadChannel, LoadTarget, Pace, Round, RoundResult } from './load.js';
import { frameMaker } from './message-frames.js';
import { SocketConnection, type ConnectionListener } from './socket-connection.js';

/** Connections opened at a time: a handshake costs the server milliseconds. */
const OPENED_TOGETHER = 8;
const STALL_LIMIT_MS = 15_000;

interface ChannelRound {
  readonly channel: LoadChannel;
  readonly frames: readonly Buffer[];
  readonly ledger: ChannelLedger;
  sent: number;
}

/** Sends to one server and watches what comes back. */
export class LoadGenerator implements ConnectionListener {
  /** For tests: sees every message as text. */
  onText?: (connection: number, text: string) => void;
  private readonly connections: SocketConnection[] = [];
  private readonly nextSeq = new Map<string, number>();
  private prepared: { round: Round; channels: ChannelRound[] } | undefined;
  private running: RunningRound | undefined;

  /** @param stallLimitMs how long nothing may arrive before a round is given up. */
  constructor(
    private readonly target: LoadTarget,
    private readonly stallLimitMs = STALL_LIMIT_MS,
  ) {}

  async connect(): Promise<void> {
    const { connections } = this.target;
    for (let from = 0; from < connections.length; from += OPENED_TOGETHER) {
      const some = connections.slice(from, from + OPENED_TOGETHER);
      this.connections.push(
        ...(await Promise.all(some.map((address, index) => SocketConnection.open(from + index, address, this)))),
      );
    }
    for (const { hello } of this.connections) this.readHello(hello);
  }

  /** Makes every frame of the round beforehand, so that the measured part only sends. */
  prepare(round: Round): void {
    const channels = round.channels.map((index) => this.prepareChannel(this.target.channels[index]!, round));
    this.prepared = { round, channels };
  }

  async run(): Promise<RoundResult> {
    if (this.prepared === undefined) throw new LiaisonError('usage', 'Prepare a round before running it.');
    const { round, channels } = this.prepared;
    this.prepared = undefined;
    this.running = new RunningRound(round.pace, channels, this.connections);
    const result = await this.running.finish(this.stallLimitMs);
    this.running = undefined;
    for (const { channel, ledger } of channels)
      this.nextSeq.set(channel.id, this.firstSeqOf(channel) + ledger.messages);
    return result;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  onDelivery(connection: number, seq: number): void {
    this.running?.deliver(connection, seq);
  }

  onAcknowledgement(connection: number, id: number, seq: number, error?: string): void {
    this.running?.acknowledge(connection, id, seq, error);
  }

  onEnd(connection: number): void {
    this.running?.stop(`connection ${connection} was closed by the server`);
  }

  private prepareChannel(channel: LoadChannel, round: Round): ChannelRound {
    const make = frameMaker(channel);
    const frames = Array.from({ length: round.messagesPerChannel }, (_, message) =>
      make(message % channel.members.length, message),
    );
    const ledger = new ChannelLedger(frames.length, channel.members.length, this.firstSeqOf(channel));
    return { channel, frames, ledger, sent: 0 };
  }

  private firstSeqOf(channel: LoadChannel): number {
    return this.nextSeq.get(channel.id) ?? 1;
  }

  private readHello(hello: string): void {
    const { channels } = JSON.parse(hello) as { channels: { id: string; lastSeq: number }[] };
    for (const { id, lastSeq } of channels) this.nextSeq.set(id, lastSeq + 1);
  }
}

/** One round under way. Member `message % members` of a channel sends its message. */
class RunningRound {
  private readonly seats = new Map<number, { round: ChannelRound; member: number }>();
  private readonly total: number;
  private readonly lateness: Float64Array;
  private readonly startedAt = performance.now();
  private readonly startedCpu = process.cpuUsage();
  private tenthAt = Number.NaN;
  private nineTenthsAt = Number.NaN;
  private endedAt = Number.NaN;
  private complete = 0;
  private sent = 0;
  private end: (() => void) | undefined;
  private readonly stops: string[] = [];

  constructor(
    private readonly pace: Pace,
    private readonly channels: readonly ChannelRound[],
    private readonly connections: readonly SocketConnection[],
  ) {
    this.total = channels.reduce((sum, { frames }) => sum + frames.length, 0);
    this.lateness = new Float64Array(this.total);
    for (const round of channels)
      for (const [member, connection] of round.channel.members.entries()) this.seats.set(connection, { round, member });
  }

  async finish(stallLimitMs: number): Promise<RoundResult> {
    const ended = new Promise<void>((resolve) => (this.end = resolve));
    const watch = this.watchForStall(stallLimitMs);
    if (this.pace.kind === 'window') this.fillWindows(this.pace.perChannel);
    else this.sendDue(this.pace.perSecond, this.startedAt + 5);
    await ended;
    clearInterval(watch);
    return this.result();
  }

  stop(fault: string): void {
    this.stops.push(fault);
    this.endedAt = performance.now();
    this.end?.();
  }

  deliver(connection: number, seq: number): void {
    const seat = this.seats.get(connection);
    if (seat?.round.ledger.deliver(seat.member, seq, performance.now()) === true) this.completed(seat.round);
  }

  acknowledge(connection: number, message: number, seq: number, error?: string): void {
    const ledger = this.seats.get(connection)?.round.ledger;
    if (ledger?.acknowledge(message, seq, performance.now(), error) === true)
      this.completed(this.seats.get(connection)!.round);
  }

  private completed(round: ChannelRound): void {
    this.complete += 1;
    if (this.complete === Math.ceil(this.total * 0.1)) this.tenthAt = performance.now();
    if (this.complete === Math.ceil(this.total * 0.9)) this.nineTenthsAt = performance.now();
    if (this.complete === this.total) {
      this.endedAt = performance.now();
      this.end?.();
    } else if (this.pace.kind === 'window') this.send(round, performance.now());
  }

  private fillWindows(size: number): void {
    for (let turn = 0; turn < size; turn += 1) for (const round of this.channels) this.send(round, performance.now());
  }

  private send(round: ChannelRound, due: number): void {
    const message = round.sent;
    const frame = round.frames[message];
    if (frame === undefined) return;
    round.sent += 1;
    round.ledger.sentAt[message] = due;
    this.lateness[this.sent] = performance.now() - due;
    this.sent += 1;
    this.connections[round.channel.members[message % round.channel.members.length]!]!.send(frame);
  }

  /** Delays count from the moment a message was due, so a slow server cannot slow down its own measurement. */
  private sendDue(perSecond: number, start: number): void {
    const interval = 1000 / perSecond;
    const dueAt = (index: number) => start + index * interval;
    while (this.sent < this.total && dueAt(this.sent) <= performance.now())
      this.send(this.channels[this.sent % this.channels.length]!, dueAt(this.sent));
    if (this.sent === this.total || this.stops.length > 0) return;
    const again = () => {
      this.sendDue(perSecond, start);
    };
    const wait = dueAt(this.sent) - performance.now();
    // Timers are good to a millisecond: at low rates the last two are spent polling.
    if (interval < 5) setTimeout(again, 1);
    else if (wait > 2) setTimeout(again, wait - 2);
    else setImmediate(again);
  }

  private watchForStall(limitMs: number): NodeJS.Timeout {
    let before = -1;
    return setInterval(() => {
      if (this.complete === before) this.stop(`nothing more arrived for ${limitMs / 1000} s`);
      before = this.complete;
    }, limitMs);
  }

  private perSecond(milliseconds: number): number {
    if (this.pace.kind === 'rate') return (this.total * 1000) / milliseconds;
    return (0.8 * this.total * 1000) / (this.nineTenthsAt - this.tenthAt);
  }

  private result(): RoundResult {
    const { user, system } = process.cpuUsage(this.startedCpu);
    const milliseconds = this.endedAt - this.startedAt;
    const all = (pick: (ledger: ChannelLedger) => Float64Array) =>
      percentiles(Float64Array.from(this.channels.flatMap(({ ledger }) => [...pick(ledger)])));
    return {
      messages: this.total,
      deliveries: this.channels.reduce((sum, { ledger }) => sum + ledger.messages * (ledger.members - 1), 0),
      seconds: milliseconds / 1000,
      perSecond: this.perSecond(milliseconds),
      acknowledged: all((ledger) => ledger.acknowledgementDelays()),
      delivered: all((ledger) => ledger.deliveryDelays()),
      lateness: percentiles(this.lateness),
      generatorBusy: (user + system) / 1000 / milliseconds,
      faults: [...this.stops, ...this.channels.flatMap(({ ledger }) => ledger.close())].slice(0, 20),
    };
  }
}
