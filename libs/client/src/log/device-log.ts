import { type LostRecord, lostRecords } from './lost-records.js';
import { headerHash } from '#liaison/crypto';
import { type ChannelId, encodeHeader, LiaisonError, type RecordId, toBase64url, utf8 } from '#liaison/protocol';
import {
  type Checkpoint,
  decodeLogEntry,
  type ExpectedEntry,
  expectedOfRecord,
  isRecordType,
  type LogReader,
  recordActOf,
  type WitnessPolicy,
} from '#liaison/tlog';
import type { ChannelBook } from '../channel-book.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { StoredRecord } from '../record-reader.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type {
  ClientLog,
  ErasedRecord,
  LoggedEntry,
  LoggedPage,
  LogQuery,
  ProofView,
  RecordEvidence,
} from './client-log.js';
import { checkpointOf, type LogKeeper } from './log-keeper.js';
import { rosterEvidencePolicy } from './log-policy.js';
import { allEntries, entryPage, recordEvidence } from './log-evidence.js';
import { Erasures } from './erasures.js';
import { RecordStatements } from './record-statements.js';
import { type AwaitedProof, ReceiptProofs, type StoredProof } from './receipt-proofs.js';

export interface DeviceLogParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly book: ChannelBook;
  readonly trust: TrustKeeper;
  readonly keeper: LogKeeper;
  readonly areHoldsKnown: () => Promise<boolean>;
  /** A breach becomes an alarm and is still an error for the caller. */
  readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
}

/** Why a device looks up where a record stands. */
const TO_PROVE = 'To prove a record that this device holds.';

/** The parts of a device's view of the log put together; see {@link ClientLog} for the contract. */
export class DeviceLog implements ClientLog {
  readonly #receipts: ReceiptProofs;
  readonly #statements: RecordStatements;
  readonly #erasures: Erasures;

  constructor(private readonly parts: DeviceLogParts) {
    const { device, hub, keeper } = parts;
    this.#receipts = new ReceiptProofs(device, hub, keeper);
    this.#statements = new RecordStatements(device, hub);
    this.#erasures = new Erasures(parts);
  }

  get reader(): LogReader {
    return this.parts.keeper.reader;
  }

  lost(): Promise<readonly LostRecord[]> {
    return lostRecords(this.parts.device, this.parts.hub);
  }

  exists(): Promise<boolean> {
    return this.parts.keeper.hasLog();
  }

  refresh(): Promise<void> {
    return this.parts.guarded(() => this.parts.trust.refreshRoster(this.parts.hub));
  }

  async policy(threshold?: number): Promise<WitnessPolicy> {
    return rosterEvidencePolicy(await this.parts.keeper.roster(), threshold);
  }

  async held(): Promise<Checkpoint | undefined> {
    const held = await this.parts.keeper.held();
    return held === undefined ? undefined : checkpointOf(held);
  }

  advance(): Promise<Checkpoint> {
    return this.parts.guarded(async () => checkpointOf(await this.parts.keeper.advance()));
  }

  newest(cosigned = 0): Promise<string> {
    return this.parts.guarded(() => this.parts.keeper.newest(cosigned));
  }

  proofOf(channel: ChannelId, record: RecordId): Promise<ProofView> {
    return this.parts.device.transact(async (transaction): Promise<ProofView> => {
      const stored = await transaction.getJson<StoredProof>(KEYS.receiptProof(channel, record));
      if (stored !== undefined) return provedView(stored);
      const awaited = await transaction.getJson<AwaitedProof>(KEYS.awaitedProof(channel, record));
      if (awaited === undefined) return { state: 'none' };
      const { since, index, refused } = awaited;
      return { state: 'awaited', since, index, ...(refused === undefined ? {} : { refused }) };
    });
  }

  prove(channel: ChannelId, record: RecordId): Promise<ProofView> {
    return this.parts.guarded(async () => {
      const expected = await this.#expected(channel, record);
      const index = await this.#indexOf(channel, record);
      return provedView(await this.#receipts.prove({ channel, record }, expected, index));
    });
  }

  entries(query: LogQuery = {}): Promise<readonly LoggedEntry[]> {
    return this.parts.guarded(() => allEntries(this.parts.hub, query));
  }

  entryPage(query: LogQuery, page: { readonly from: number; readonly limit: number }): Promise<LoggedPage> {
    return this.parts.guarded(() => entryPage(this.parts.hub, query, page));
  }

  evidence(channel: ChannelId, record: RecordId): Promise<RecordEvidence> {
    return this.parts.guarded(async () => {
      const { headerHash } = await this.#heldRecord(channel, record);
      return recordEvidence(this.parts.hub, { record, channel, headerHash });
    });
  }

  opened(opened: { readonly channel: ChannelId; readonly record: RecordId; readonly purpose?: string }): Promise<void> {
    return this.#statements.opened(opened);
  }

  exported(exported: Parameters<ClientLog['exported']>[0]): Promise<void> {
    return this.#statements.exported(exported);
  }

  erase(channel: ChannelId, records: readonly RecordId[], purpose: string): Promise<readonly ErasedRecord[]> {
    return this.parts.guarded(() => this.#erasures.order(channel, records, purpose));
  }

  openedWaiting(): Promise<number> {
    return this.#statements.waiting();
  }

  /** One round with the log: what was opened, the newest checkpoint, the proofs that are waited for. */
  async synchronise(): Promise<void> {
    await this.#erasures.follow();
    if (!(await this.exists())) return;
    await this.#statements.send();
    await this.parts.keeper.advance();
    await this.#receipts.settle();
  }

  /** What the log must say of a record, by this device's own copy of it. */
  async #expected(channel: ChannelId, record: RecordId): Promise<ExpectedEntry> {
    const { seq, header, headerHash } = await this.#heldRecord(channel, record);
    return expectedOfRecord({ ...header, seq, headerHash }, recordActOf(header));
  }

  /** Also of a record whose content was erased or taken back: its header says it as well. */
  #heldRecord(channel: ChannelId, record: RecordId): Promise<Pick<OpenedRecord, 'seq' | 'header' | 'headerHash'>> {
    return this.parts.device.transact(async (transaction) => {
      const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
      const stored = place && (await transaction.getJson<StoredRecord>(KEYS.record(channel, place.seq)));
      if (stored?.outcome === 'opened') return stored.record;
      const isGone = stored?.card.check === 'CLI-53' || stored?.withdrawn !== undefined;
      if (stored?.header === undefined || !isGone)
        throw new LiaisonError('not-found', 'This device holds no such record.');
      const { seq, header } = stored;
      return { seq, header, headerHash: toBase64url(headerHash(utf8(encodeHeader(header)))) };
    });
  }

  /** From the own receipt, or by asking the hub, whose word counts for nothing: the proof does. */
  async #indexOf(channel: ChannelId, record: RecordId): Promise<number> {
    const view = await this.proofOf(channel, record);
    if (view.state === 'proved') return view.proof.index;
    if (view.state === 'awaited') return view.index;
    const entries = await allEntries(this.parts.hub, { record, purpose: TO_PROVE });
    const found = entries.find(({ entry }) => {
      const { type, subject } = decodeLogEntry(utf8(entry));
      return isRecordType(type) && subject.record === record && subject.channel === channel;
    });
    if (found === undefined) throw new LiaisonError('not-found', 'The hub shows no entry for this record in its log.');
    return found.index;
  }
}

function provedView({ proof, verifiedAt, size, cosignedBy, quorum }: StoredProof): ProofView {
  return { state: 'proved', proof, verifiedAt, size, cosignedBy, quorum };
}
