import { type ChannelId, newId, type RecordEnvelope } from '#liaison/protocol';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { Member } from '../hub/member.js';
import { eventually, Line, pause } from './line.js';
import type { Told } from './told.js';

/** Records under way at once. */
const LANES = 4;

/** A device that writes without pause, and sends again, under the same id, what was not acknowledged. */
export class Writer {
  private readonly line: Line;
  private isDone = false;
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly member: Member,
    private readonly channel: ChannelId,
    private readonly told: Told,
  ) {
    this.line = new Line(member.hub.url, member.token, channel, told);
  }

  start(): void {
    this.working = Promise.all(Array.from({ length: LANES }, () => this.write()));
    // Awaited in finish(); until then a failure is no unhandled rejection.
    this.working.catch(() => undefined);
  }

  /** Begins nothing new; resolves when everything is acknowledged. */
  async finish(): Promise<void> {
    this.isDone = true;
    await this.working.finally(() => {
      this.line.close();
    });
  }

  private async write(): Promise<void> {
    while (!this.isDone) await this.deliver(newId(systemClock, systemRandom));
  }

  private async deliver(id: string): Promise<void> {
    let record = await this.sealed(id);
    for (;;) {
      const answer = await this.line.submit(record);
      if ('receipt' in answer) {
        this.told.receipts.push(answer.receipt);
        return;
      }
      if ('refusal' in answer) {
        const { code, message } = answer.refusal;
        if (code === 'stale-epoch') record = await this.sealed(id, record);
        else if (code !== 'unavailable' && code !== 'try-again') throw new Error(`Refused as ${code}: ${message}`);
      }
      await pause(20);
    }
  }

  /** @param stale what the hub refused: the commits since are processed first. */
  private sealed(id: string, stale?: RecordEnvelope): Promise<RecordEnvelope> {
    return this.inTurn(async () => {
      if (stale !== undefined) await eventually(() => this.member.synchronise(this.channel));
      const record = await this.member.seal(this.channel, { id });
      this.told.sends(id, record);
      return record;
    });
  }

  private turn: Promise<unknown> = Promise.resolve();

  /** One step at a time changes the MLS state. */
  private inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(step);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
