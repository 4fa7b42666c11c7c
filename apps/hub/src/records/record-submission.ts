import { LiaisonError, type ChannelId, type Receipt, type RecordHeader } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import type { AuthenticatedRecord } from './authenticated-record.js';
import type { ParsedRecord, ReceivedBytes } from './parsed-record.js';
import type { RecordAdmission } from './record-admission.js';
import type { RecordReader } from './record-reader.js';
import type { Sequencer } from './sequencer.js';
import type { EpochMembers, Outcome, Place, TakenRecord } from './submission.js';
import { encode, timeText } from './wire-event.js';

export interface RecordCall {
  readonly caller: AuthenticatedDevice;
  readonly received: ReceivedBytes;
  readonly channel?: ChannelId;
  /** The socket that submits, which gets the receipt and not the push. */
  readonly origin?: string;
}

/** Exactly one of them is called, once. Callbacks, because every microsecond of the hot path counts. */
export interface RecordAnswer {
  readonly receipt: (receipt: Receipt) => void;
  /** @param error a LiaisonError, or a fault of ours. */
  readonly refused: (error: unknown) => void;
}

/** What marks and consents have against a record: throws, or answers at once or later. */
export interface MarkGate {
  require(header: RecordHeader, caller: AuthenticatedDevice): Promise<void> | undefined;
}

/** Takes a record from the wire to its receipt. */
export class RecordSubmission {
  constructor(
    private readonly admission: RecordAdmission,
    private readonly sequencer: Sequencer,
    private readonly reader: RecordReader,
    private readonly marks?: MarkGate,
  ) {}

  submit(call: RecordCall, answer: RecordAnswer): void {
    const { caller, received, channel } = call;
    this.admission.admit({
      caller,
      received,
      channel,
      admitted: (record, members) => {
        this.judge(call, record, members, answer);
      },
      refused: (error, record) => {
        this.refuse(call, error, record, answer);
      },
    });
  }

  private judge(call: RecordCall, record: AuthenticatedRecord, members: EpochMembers, answer: RecordAnswer): void {
    const order = (): void => {
      this.order(call, record, members, answer);
    };
    const refuse = (error: unknown): void => {
      this.refuse(call, error, record, answer);
    };
    let judging: Promise<void> | undefined;
    try {
      judging = this.marks?.require(record.header, call.caller);
    } catch (error) {
      refuse(error);
      return;
    }
    if (judging === undefined) order();
    else judging.then(order, refuse);
  }

  private order(
    { caller, origin }: RecordCall,
    record: AuthenticatedRecord,
    members: EpochMembers,
    answer: RecordAnswer,
  ): void {
    const { channel, epoch } = record.header;
    const entry = { type: 'record', channel, epoch, members, sender: caller.device, record } as const;
    const settle = (outcome: Outcome): void => {
      this.settle(caller, record, outcome, answer);
    };
    try {
      this.sequencer.submit({ entry, origin, settle });
    } catch (error) {
      answer.refused(error);
    }
  }

  private settle(caller: AuthenticatedDevice, record: ParsedRecord, outcome: Outcome, answer: RecordAnswer): void {
    if (outcome.kind === 'stored') answer.receipt(receiptOf(record, outcome));
    else if (outcome.kind === 'taken') answerTaken(caller, outcome.earlier, answer);
    else this.refuse({ caller }, outcome.error, record, answer);
  }

  /** Whoever lost the receipt may ask again in any later epoch: what is stored already is never stale, nor judged anew. */
  private refuse(
    { caller }: Pick<RecordCall, 'caller'>,
    error: unknown,
    record: ParsedRecord | undefined,
    answer: RecordAnswer,
  ): void {
    if (record === undefined || !mayBeStored(error)) {
      answer.refused(error);
      return;
    }
    this.reader.taken(record.header.channel, record.header.id).then((earlier) => {
      if (earlier === undefined) answer.refused(error);
      else answerTaken(caller, earlier, answer);
    }, answer.refused);
  }
}

function mayBeStored(error: unknown): boolean {
  if (!(error instanceof LiaisonError)) return false;
  return error.code === 'stale-epoch' || error.details.check?.startsWith('POL-') === true;
}

function answerTaken(caller: AuthenticatedDevice, earlier: TakenRecord, answer: RecordAnswer): void {
  if (earlier.sender === caller.device) answer.receipt(receiptOfTaken(earlier));
  else {
    const message = 'This record id is taken. Send the record under a new id.';
    answer.refused(new LiaisonError('conflict', message, { check: 'REC-15' }));
  }
}

function receiptOf({ header, hashes }: ParsedRecord, stored: Extract<Outcome, { kind: 'stored' }>): Receipt {
  const { id, channel } = header;
  const headerHash = encode(hashes.headerHash);
  return { id, channel, ...placeOf(stored.place), headerHash, index: stored.logIndex, duplicate: false };
}

function receiptOfTaken(earlier: TakenRecord): Receipt {
  const { recordId, channel, logIndex: index } = earlier;
  return { id: recordId, channel, ...placeOf(earlier), headerHash: encode(earlier.headerHash), index, duplicate: true };
}

function placeOf({ seq, at, chain }: Place): Pick<Receipt, 'seq' | 'storedAt' | 'chain'> {
  return { seq, storedAt: timeText(at), chain: encode(chain) };
}
