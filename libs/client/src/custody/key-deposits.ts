import { sealToPublicKey, sign } from '#liaison/crypto';
import {
  type CustodyDeposit,
  custodyContext,
  type DepositOutcome,
  depositSignedBytes,
  LiaisonError,
  LIMITS,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { ChannelReading } from '../channel-reading.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { AuthenticatedRecord } from '../record-pipeline.js';
import type { LogKeeper } from '../log/log-keeper.js';
import { type ClaimedEntry, ProvedActs } from '../log/proved-acts.js';
import { jsonOf, type Transaction } from '../transaction.js';
import { type CustodyKey, newestCustodyKeyOf } from './custody-key.js';

/**
 * Seals the content key of a record to the custody key of this device's own contact point, where it has one, in the transaction that
 * stores the record: what waits to be deposited is sealed already, and survives a crash.
 */
export async function queueDeposit(
  { device, transaction, trust }: ChannelReading,
  { record, contentKey }: Pick<AuthenticatedRecord, 'record' | 'contentKey'>,
): Promise<void> {
  try {
    const key = await newestCustodyKeyOf(transaction, trust.contactPoint(device.contactPoint));
    if (key === undefined) return;
    const { channel, header, hashes } = record;
    const named = { channel, record: header.id, headerHash: toBase64url(hashes.headerHash) };
    const deposit = depositOf(device, key, { ...named, contentKey });
    transaction.putJson(KEYS.custodyDeposit(deposit.channel, deposit.record), deposit);
  } catch (cause) {
    // A bad custody key keeps no record from its reader.
    await raiseAlarm(transaction, device.clock, asBreach('CLI-80', cause), {});
  }
}

/** A record's content key, and which record. */
export interface RecordKey extends Pick<CustodyDeposit, 'channel' | 'record' | 'headerHash'> {
  readonly contentKey: Uint8Array;
}

export function depositOf(
  device: Device,
  { publicKey, keyId }: CustodyKey,
  { contentKey, ...named }: RecordKey,
): CustodyDeposit {
  const context = custodyContext({ contactPoint: device.contactPoint, ...named });
  const sealed = sealToPublicKey({ publicKey, context, plaintext: contentKey, random: device.random });
  const said = { ...named, keyId, sealed: toBase64url(sealed), at: timestampOf(device.clock) };
  const signature = sign('custody-deposit', depositSignedBytes(device.address, said), device.key);
  return { ...said, signature: toBase64url(signature) };
}

/** What was deposited and is not proved yet: this device keeps its own copy until the log is proved to hold the hub's receipt. */
interface SentDeposit {
  readonly deposit: CustodyDeposit;
  readonly claimed: ClaimedEntry;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** What the hub would not take: with all devices gone, that record would be lost. It is kept, and can be sent again. */
export interface RefusedDeposit {
  readonly deposit: CustodyDeposit;
  readonly check: string;
  readonly at: string;
}

/** The log signs at least once a second; after so long without a proof the hub does not mean to give one. */
const DEADLINE_MS = 5 * 60 * 1000;

/** Takes what waits to the hub, and forgets it when the log is proved to hold it. */
export class KeyDeposits {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly keeper: LogKeeper,
  ) {}

  /** Not sent yet, or sent and not proved. */
  waiting(): Promise<number> {
    return this.device.transact(async (transaction) => {
      const [queued, sent] = [
        await transaction.stored(KEYS.custodyDeposits),
        await transaction.stored(KEYS.depositsSent),
      ];
      return queued.length + sent.length;
    });
  }

  refused(): Promise<RefusedDeposit[]> {
    return this.device.transact(async (transaction) =>
      (await transaction.stored(KEYS.depositsRefused)).map(({ value }) => jsonOf(value) as RefusedDeposit),
    );
  }

  /** What was refused is tried again: the roster may have named the key since. */
  retry(): Promise<number> {
    return this.device.transact(async (transaction) => {
      const refused = await transaction.stored(KEYS.depositsRefused);
      for (const { key, value } of refused) {
        const { deposit } = jsonOf(value) as RefusedDeposit;
        transaction.delete(key);
        transaction.putJson(KEYS.custodyDeposit(deposit.channel, deposit.record), deposit);
      }
      return refused.length;
    });
  }

  /** The same deposit may be sent twice, where an answer was lost: it is kept once. @throws LiaisonError `integrity` CLI-03. */
  async send(): Promise<void> {
    for (;;) {
      const stored = await this.device.transact((transaction) =>
        transaction.stored(KEYS.custodyDeposits, { limit: LIMITS.depositsPerCall }),
      );
      if (stored.length === 0) return;
      const deposits = stored.map(({ value }) => jsonOf(value) as CustodyDeposit);
      const receipt = await this.hub.call('depositKeys', { body: { deposits } });
      if (receipt.deposits.length !== deposits.length) throw breach('CLI-03', 'Call: depositKeys.');
      await this.device.transact(async (transaction) => {
        for (const [place, deposit] of deposits.entries()) {
          transaction.delete(KEYS.custodyDeposit(deposit.channel, deposit.record));
          await this.#note(transaction, deposit, receipt.deposits[place]);
        }
      });
    }
  }

  async #note(transaction: Transaction, deposit: CustodyDeposit, outcome: DepositOutcome | undefined): Promise<void> {
    const { clock } = this.device;
    const { channel, record } = deposit;
    if (outcome === undefined) return;
    if ('index' in outcome) {
      const sent: SentDeposit = { deposit, claimed: outcome, since: clock.now() };
      transaction.putJson(KEYS.depositSent(channel, record), sent);
      transaction.delete(KEYS.depositRefused(channel, record));
      return;
    }
    const { refused: check } = outcome;
    const refused: RefusedDeposit = { deposit, check, at: timestampOf(clock) };
    transaction.putJson(KEYS.depositRefused(channel, record), refused);
    await raiseAlarm(transaction, clock, breach('CLI-82', `Its check: ${check}. It is kept here.`), { channel });
  }

  /** Asks the log for what was sent. What it does not hold is an alarm, and is sent again. */
  async settle(): Promise<void> {
    const acts = new ProvedActs(this.keeper);
    for (let after = ''; ;) {
      const page = await this.device.transact((transaction) =>
        transaction.stored(KEYS.depositsSent, { after, limit: LIMITS.depositsPerCall }),
      );
      for (const { key, value } of page) await this.#settleOne(acts, key, jsonOf(value) as SentDeposit);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.key;
    }
  }

  async #settleOne(acts: ProvedActs, key: string, sent: SentDeposit): Promise<void> {
    const { device } = this;
    const { deposit, since } = sent;
    const outcome = await this.#proofOf(acts, sent);
    const isLate = device.clock.now() - since > DEADLINE_MS;
    if (outcome === 'awaited' && !isLate) return;
    await device.transact(async (transaction) => {
      transaction.delete(key);
      if (outcome === 'proved') return;
      const { channel, record } = deposit;
      transaction.putJson(KEYS.custodyDeposit(channel, record), deposit);
      const fault = outcome === 'awaited' ? breach('CLI-86', 'No checkpoint covers it.') : outcome;
      await raiseAlarm(transaction, device.clock, fault, { channel });
    });
  }

  async #proofOf(acts: ProvedActs, { deposit, claimed }: SentDeposit): Promise<'proved' | 'awaited' | LiaisonError> {
    const { channel, record, keyId } = deposit;
    const subject = { channel, record, contactPoint: this.device.contactPoint };
    try {
      const found = await acts.find(claimed, { type: 'custody.deposited', subject, details: { keyId } });
      return found === undefined ? 'awaited' : 'proved';
    } catch (fault) {
      if (fault instanceof LiaisonError && fault.code === 'integrity') return fault;
      throw fault;
    }
  }
}
