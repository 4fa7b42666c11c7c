import { fromBase64url } from '#liaison/protocol';
import type { Device } from '../device.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { newestCustodyKeyOf } from './custody-key.js';
import { depositOf } from './key-deposits.js';

/** Places that one transaction looks at. */
const STEP = 100;

/** How far it got, for one custody key. */
interface BackfillState {
  readonly keyId: string;
  readonly after: string;
  readonly queued: number;
  readonly done: boolean;
}

export interface BackfillProgress {
  /** Records whose keys were queued so far. */
  readonly queued: number;
  readonly done: boolean;
}

/**
 * Queues the keys of what this device had read before its contact point founded its custody key, or founded another. It writes down how far
 * it got with what it queues, so that a crash repeats nothing.
 */
export class Backfill {
  constructor(
    private readonly device: Device,
    private readonly trust: TrustKeeper,
  ) {}

  /** At most about so many places. @throws LiaisonError `integrity` CLI-80. */
  async run(
    most: number,
    onProgress: (progress: BackfillProgress) => void = () => undefined,
  ): Promise<BackfillProgress> {
    let progress: BackfillProgress = { queued: 0, done: false };
    for (let looked = 0; looked < most && !progress.done; looked += STEP) {
      progress = await this.device.transact((transaction) => this.#step(transaction));
      onProgress(progress);
    }
    return progress;
  }

  async #step(transaction: Transaction): Promise<BackfillProgress> {
    const { device } = this;
    const point = (await this.trust.current(transaction)).contactPoint(device.contactPoint);
    const key = await newestCustodyKeyOf(transaction, point);
    if (key === undefined) return { queued: 0, done: true };
    const before = await transaction.getJson<BackfillState>(KEYS.custodyBackfill);
    const { keyId } = key;
    const state = before?.keyId === keyId ? before : { keyId, after: '', queued: 0, done: false };
    if (state.done) return state;
    const page = await transaction.stored(KEYS.allRecords, { after: state.after, limit: STEP });
    let { queued } = state;
    for (const { value } of page) {
      const stored = jsonOf(value) as StoredRecord;
      if (stored.outcome !== 'opened' || stored.opening === undefined) continue;
      const { channel, header, headerHash } = stored.record;
      const contentKey = fromBase64url(stored.opening.contentKey);
      const deposit = depositOf(device, key, { channel, record: header.id, headerHash, contentKey });
      transaction.putJson(KEYS.custodyDeposit(channel, header.id), deposit);
      queued += 1;
    }
    const last = page.at(-1);
    const next: BackfillState = { keyId, after: last?.key ?? state.after, queued, done: last === undefined };
    transaction.putJson(KEYS.custodyBackfill, next);
    return next;
  }
}
