/**
 * Who got what, when, in one channel during one round: proves that every delivery arrived exactly once and in order.
 * Messages are known by the order in which they are sent, 0 to `messages` - 1; times are of performance.now().
 */
export class ChannelLedger {
  /** When each message was due to be sent. */
  readonly sentAt: Float64Array;
  readonly acknowledgedAt: Float64Array;
  readonly faults: string[] = [];
  /** Messages that are acknowledged and that every other member has. */
  complete = 0;
  private readonly offsetOf: Int32Array;
  private readonly messageAt: Int32Array;
  private readonly arrivals: Uint16Array;
  private readonly lastArrivalAt: Float64Array;
  private readonly latest: Int32Array;

  /**
   * @param firstSeq position of the round's first message.
   * @param members all get each message but its sender.
   */
  constructor(
    readonly messages: number,
    readonly members: number,
    private readonly firstSeq: number,
  ) {
    this.sentAt = new Float64Array(messages).fill(Number.NaN);
    this.acknowledgedAt = new Float64Array(messages).fill(Number.NaN);
    this.lastArrivalAt = new Float64Array(messages).fill(Number.NaN);
    this.offsetOf = new Int32Array(messages).fill(-1);
    this.messageAt = new Int32Array(messages).fill(-1);
    this.arrivals = new Uint16Array(messages);
    this.latest = new Int32Array(members).fill(-1);
  }

  /** @returns whether this made a message complete. */
  acknowledge(message: number, seq: number, now: number, error?: string): boolean {
    const offset = seq - this.firstSeq;
    if (error !== undefined) return this.fault(`message ${message} was refused: ${error.slice(0, 300)}`);
    if (this.offsetOf[message] !== -1) return this.fault(`message ${message} was acknowledged twice`);
    if (!(offset >= 0 && offset < this.messages)) return this.fault(`message ${message} got the position ${seq}`);
    if (this.messageAt[offset] !== -1) return this.fault(`position ${seq} was given to two messages`);
    this.acknowledgedAt[message] = now;
    this.offsetOf[message] = offset;
    this.messageAt[offset] = message;
    return this.arrivals[offset] === this.members - 1 && this.count();
  }

  /** @returns whether this made a message complete. */
  deliver(member: number, seq: number, now: number): boolean {
    const offset = seq - this.firstSeq;
    if (!(offset >= 0 && offset < this.messages)) return this.fault(`member ${member} got the position ${seq}`);
    if (offset <= this.latest[member]!) this.fault(`member ${member} got ${seq} twice or after a later one`);
    this.latest[member] = Math.max(offset, this.latest[member]!);
    const arrivals = this.arrivals[offset]! + 1;
    this.arrivals[offset] = arrivals;
    this.lastArrivalAt[offset] = now;
    return arrivals === this.members - 1 && this.messageAt[offset] !== -1 && this.count();
  }

  /**
   * Call at the end: positions missing or given in excess join the faults. With strictly rising positions at each member,
   * exact counts at each position mean that all but the sender have it, once.
   */
  close(): readonly string[] {
    for (let offset = 0; offset < this.messages; offset += 1) {
      const arrivals = this.arrivals[offset]!;
      if (arrivals !== this.members - 1)
        this.fault(`position ${this.firstSeq + offset} reached ${arrivals} of ${this.members - 1} members`);
      if (this.messageAt[offset] === -1) this.fault(`position ${this.firstSeq + offset} was never acknowledged`);
    }
    return this.faults;
  }

  /** Milliseconds from due to acknowledged, by message. */
  acknowledgementDelays(): Float64Array {
    return this.acknowledgedAt.map((at, message) => at - this.sentAt[message]!);
  }

  /** Milliseconds from due to the last member's receipt, by message. */
  deliveryDelays(): Float64Array {
    return this.sentAt.map((sent, message) => (this.lastArrivalAt[this.offsetOf[message]!] ?? Number.NaN) - sent);
  }

  private count(): true {
    this.complete += 1;
    return true;
  }

  private fault(what: string): false {
    if (this.faults.length < 20) this.faults.push(what);
    return false;
  }
}
