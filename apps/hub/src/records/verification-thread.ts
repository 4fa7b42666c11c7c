import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { verifyRecords, type RecordToVerify } from '#liaison/crypto.node';
import { LiaisonError } from '#liaison/protocol';
import { packRecords } from './packed-records.js';
import type { VerifyRecords } from './verification-queue.js';

/** Up to so many are verified at once where they are: passing them on would cost as much. */
const FEW = 2;

/** The compiled program; there is none where the hub runs from its sources, as in tests. */
const PROGRAM = new URL('./verification-worker.js', import.meta.url);

interface Waiting {
  readonly count: number;
  readonly resolve: (answers: boolean[]) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Verifies signatures on a thread of its own, for one costs more than all else that the hub does with a record. Where there is no
 * second core or no program, and after the thread has failed, the work is done in place.
 */
export class VerificationThread {
  private worker: Worker | undefined;
  private readonly waiting: Waiting[] = [];

  /** @param onFault told once, where the thread ends by itself. */
  constructor(private readonly onFault: (fault: unknown) => void) {
    if (availableParallelism() < 2 || !existsSync(fileURLToPath(PROGRAM))) return;
    this.worker = new Worker(PROGRAM);
    this.worker.unref();
    this.worker.on('message', (packed: Uint8Array) => {
      this.answer(packed);
    });
    this.worker.on('error', (fault) => {
      this.lose(fault);
    });
    this.worker.on('exit', () => {
      this.lose(new LiaisonError('internal', 'The thread that verifies signatures has ended.'));
    });
  }

  readonly verify: VerifyRecords = (records) => {
    const { worker } = this;
    if (worker === undefined || records.length <= FEW) return verifyRecords(records);
    return this.passOn(worker, records);
  };

  async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private passOn(worker: Worker, records: readonly RecordToVerify[]): Promise<boolean[]> {
    const packed = packRecords(records);
    return new Promise((resolve, reject) => {
      this.waiting.push({ count: records.length, resolve, reject });
      worker.postMessage(packed, [packed.buffer]);
    });
  }

  /** The thread answers in the order in which it was asked. */
  private answer(verdicts: Uint8Array): void {
    const asked = this.waiting.shift();
    asked?.resolve(Array.from({ length: asked.count }, (_, index) => verdicts[index] === 1));
  }

  private lose(fault: unknown): void {
    for (const { reject } of this.waiting.splice(0)) reject(fault);
    if (this.worker === undefined) return;
    this.worker = undefined;
    this.onFault(fault);
  }
}
