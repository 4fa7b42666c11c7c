import type { RecordToVerify } from '#liaison/crypto.node';

/** One answer a record, in order. */
export type VerifyRecords = (records: readonly RecordToVerify[]) => Promise<boolean[]>;

export interface Verifiable {
  readonly toVerify: RecordToVerify;
  /** Bytes that it holds while it waits. */
  readonly weight: number;
}

/** Records that may wait to be verified, and their bytes. */
const MOST_WAITING = { records: 10_000, bytes: 64 * 1024 * 1024 };

/** Verified together: enough to fill a thread, few enough that what comes next has something to do meanwhile. */
const TOGETHER = 64;

/**
 * Signatures of the records that arrive while others are being verified, and at least in one turn of the event loop, are verified
 * together. Records leave in the order in which they came.
 */
export class VerificationQueue<T extends Verifiable> {
  private waiting: T[] = [];
  private bytes = 0;
  private isRunning = false;

  /** @param leave told once of each: whether its signature holds, or a fault of ours. */
  constructor(
    private readonly verify: VerifyRecords,
    private readonly leave: (record: T, outcome: boolean | { readonly fault: unknown }) => void,
  ) {}

  /** @returns false where too many wait. */
  add(record: T): boolean {
    if (this.waiting.length >= MOST_WAITING.records || this.bytes + record.weight > MOST_WAITING.bytes) return false;
    this.waiting.push(record);
    this.bytes += record.weight;
    if (!this.isRunning) {
      this.isRunning = true;
      setImmediate(() => void this.run());
    }
    return true;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, TOGETHER);
      for (const { weight } of batch) this.bytes -= weight;
      await this.verifyBatch(batch);
    }
    this.isRunning = false;
  }

  private async verifyBatch(batch: readonly T[]): Promise<void> {
    try {
      const answers = await this.verify(batch.map(({ toVerify }) => toVerify));
      for (const [index, record] of batch.entries()) this.leave(record, answers[index] === true);
    } catch (fault) {
      for (const record of batch) this.leave(record, { fault });
    }
  }
}
