import {
  type ChannelId,
  LiaisonError,
  type Receipt,
  type RecordHeader,
  type ReceiptProof,
  type RecordId,
  timestampOf,
} from '#liaison/protocol';
import {
  type Cosigned,
  type ExpectedEntry,
  expectedOfRecord,
  meetsQuorum,
  type RecordAct,
  recordActOf,
  verifyReceiptProof,
} from '#liaison/tlog';
import { raiseAlarm } from '../alarms.js';
import { breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { LogKeeper } from './log-keeper.js';
import { majorityOf, rosterEvidencePolicy, rosterLogPolicy } from './log-policy.js';

/** A record of this device that the hub confirmed, whose proof is waited for, or waits for its witnesses. */
export interface AwaitedProof {
  readonly v: 1;
  readonly record: RecordId;
  readonly channel: ChannelId;
  readonly seq: number;
  readonly index: number;
  readonly headerHash: string;
  /** What its header makes it. */
  readonly act: RecordAct;
  /** When the receipt came, by this device's clock. */
  readonly since: string;
  /** The check that a proof did not pass. */
  readonly refused?: string;
}

/** A proof that this device has verified against its own view of the log. */
export interface StoredProof {
  readonly v: 1;
  readonly proof: ReceiptProof;
  readonly verifiedAt: string;
  readonly size: number;
  /** The roster's witnesses that cosigned its checkpoint. */
  readonly cosignedBy: readonly string[];
  /** Whether they are more than half. True also where the roster names none. */
  readonly quorum: boolean;
}

/** The log signs at least once a second; after so long without a proof the hub does not mean to give one. */
const DEADLINE_MS = 5 * 60 * 1000;
/** Witnesses may be slow. After so long the proof is kept as it is. */
const WITNESSES_WAIT_MS = 24 * 60 * 60 * 1000;

export function awaitProof(transaction: Transaction, receipt: Receipt, header: RecordHeader, since: string): void {
  const { id, channel, seq, index, headerHash } = receipt;
  const act = recordActOf(header);
  const awaited: AwaitedProof = { v: 1, record: id, channel, seq, index, headerHash, act, since };
  transaction.putJson(KEYS.awaitedProof(channel, id), awaited);
}

/** Ids of records are unique within their channel. */
type Named = Pick<AwaitedProof, 'channel' | 'record'>;

/** Turns receipts into proofs. */
export class ReceiptProofs {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly log: LogKeeper,
  ) {}

  /** Fetches and verifies every proof that is waited for. What is wrong or overdue becomes an alarm, and the others go on. */
  async settle(): Promise<void> {
    const waiting = await this.device.transact((transaction) => transaction.stored(KEYS.awaitedProofs));
    const source = new ProofSource(this.hub, majorityOf(await this.log.roster()));
    for (const awaited of waiting.map(({ value }) => jsonOf(value) as AwaitedProof)) {
      const isProved = await this.#isProved(awaited);
      const proof = await source.proof(awaited.index, isProved);
      if (proof !== undefined) await this.#settleOne(awaited, proof);
      else if (!isProved) await this.#alarmWhenOverdue(awaited);
      else if (this.#waited(awaited) > WITNESSES_WAIT_MS) await this.#forget(awaited);
    }
  }

  /** Fetches one proof now, with the quorum's cosignatures where there is one. @throws LiaisonError `try-again` where there is none yet. */
  async prove(named: Named, expected: ExpectedEntry, index: number): Promise<StoredProof> {
    const proof = await new ProofSource(this.hub, majorityOf(await this.log.roster())).proof(index, false);
    if (proof !== undefined) return this.accept(named, expected, proof);
    throw new LiaisonError('try-again', 'No checkpoint of the log covers this record yet. Try again in a moment.');
  }

  /** @throws LiaisonError `integrity` CLI-73 and those of the log; nothing is stored then. */
  async accept({ channel, record }: Named, expected: ExpectedEntry, proof: unknown): Promise<StoredProof> {
    const at = this.device.clock.now();
    const roster = await this.log.roster();
    const verified = verifyReceiptProof({ proof, policy: rosterEvidencePolicy(roster, 0), expected, at });
    if (verified.outcome !== 'ok') throw breach('CLI-73', `${verified.check}: ${verified.message}`);
    const good = proof as ReceiptProof;
    await this.log.requireOneHistory(good.checkpoint);
    const stored: StoredProof = {
      v: 1,
      proof: good,
      verifiedAt: timestampOf(this.device.clock),
      size: verified.checkpoint.size,
      cosignedBy: verified.cosigned.map(({ witness }) => witness),
      quorum: meetsQuorum(rosterLogPolicy(roster), new Set(verified.cosigned.map(nameOf))),
    };
    await this.device.transact((transaction) => {
      transaction.putJson(KEYS.receiptProof(channel, record), stored);
      return Promise.resolve();
    });
    return stored;
  }

  async #settleOne(awaited: AwaitedProof, proof: unknown): Promise<void> {
    const { record, act } = awaited;
    const expected = expectedOfRecord({ ...awaited, id: record, sender: this.device.address }, act);
    try {
      const { quorum } = await this.accept(awaited, expected, proof);
      if (quorum) await this.#forget(awaited);
    } catch (error) {
      if (!(error instanceof LiaisonError) || error.code !== 'integrity') throw error;
      await this.#refuse(awaited, error);
    }
  }

  async #alarmWhenOverdue(awaited: AwaitedProof): Promise<void> {
    if (this.#waited(awaited) < DEADLINE_MS) return;
    const { channel, seq } = awaited;
    await this.device.transact(async (transaction) => {
      await raiseAlarm(transaction, this.device.clock, breach('CLI-74', `Confirmed at ${awaited.since}.`), {
        channel,
        seq,
      });
    });
  }

  async #refuse(awaited: AwaitedProof, error: LiaisonError): Promise<void> {
    const { record, channel, seq } = awaited;
    await this.device.transact(async (transaction) => {
      await raiseAlarm(transaction, this.device.clock, error, { channel, seq });
      transaction.putJson(KEYS.awaitedProof(channel, record), { ...awaited, refused: error.details.check });
    });
  }

  async #forget({ channel, record }: Named): Promise<void> {
    await this.device.transact((transaction) => {
      transaction.delete(KEYS.awaitedProof(channel, record));
      return Promise.resolve();
    });
  }

  #isProved({ channel, record }: Named): Promise<boolean> {
    return this.device.transact(
      async (transaction) => (await transaction.get(KEYS.receiptProof(channel, record))) !== undefined,
    );
  }

  #waited({ since }: AwaitedProof): number {
    return this.device.clock.now() - Date.parse(since);
  }
}

/** Proofs of one round: where the log is not far enough for an entry, it is not for any after it. */
class ProofSource {
  readonly #uncovered = new Map<number, number>();

  constructor(
    private readonly hub: Hub,
    private readonly quorum: number,
  ) {}

  /** @param witnessedOnly a proof that the quorum has not cosigned is held already. */
  async proof(index: number, witnessedOnly: boolean): Promise<unknown> {
    const witnessed = this.quorum === 0 && witnessedOnly ? undefined : await this.#fetch(index, this.quorum);
    return witnessed ?? (witnessedOnly || this.quorum === 0 ? undefined : this.#fetch(index, 0));
  }

  /** @returns `undefined` where the hub has none yet, or says that it has none. */
  async #fetch(index: number, cosigned: number): Promise<unknown> {
    if (index >= (this.#uncovered.get(cosigned) ?? Number.POSITIVE_INFINITY)) return undefined;
    try {
      return await this.hub.callOnce('getLogProof', { params: { index }, query: { cosigned } });
    } catch (error) {
      if (!(error instanceof LiaisonError) || (error.code !== 'try-again' && error.code !== 'not-found')) throw error;
      if (error.code === 'try-again') this.#uncovered.set(cosigned, index);
      return undefined;
    }
  }
}

const nameOf = ({ witness }: Cosigned) => witness;
