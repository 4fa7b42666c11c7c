import { verifyRecords, type RecordToVerify } from '#liaison/crypto.node';
import { LiaisonError, type ChannelId, type Clock } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import type { ChannelState } from '../channels/channel-state.js';
import type { ChannelStates } from '../channels/channel-states.js';
import type { AuthenticatedRecord } from './authenticated-record.js';
import { absent, staleEpoch } from './batch-plan.js';
import { parseRecord, type ParsedRecord, type ReceivedBytes } from './parsed-record.js';
import { requireLawfulRecord } from './record-rules.js';
import { full } from './sequencer.js';
import { weightOf, type EpochMembers } from './submission.js';
import { VerificationQueue, type VerifyRecords } from './verification-queue.js';

/** What is asked of the pipeline: exactly one of the two is called. */
export interface Admission {
  readonly caller: AuthenticatedDevice;
  readonly received: ReceivedBytes;
  /** The channel of the request's path, where there is one. */
  readonly channel?: ChannelId | undefined;
  readonly admitted: (record: AuthenticatedRecord, members: EpochMembers) => void;
  /** `record` is there once it was parsed. */
  readonly refused: (error: unknown, record?: ParsedRecord) => void;
}

interface Checked {
  readonly admission: Admission;
  readonly record: ParsedRecord;
  readonly members: EpochMembers;
  readonly toVerify: RecordToVerify;
  readonly weight: number;
}

/** ReceivedBytes → ParsedRecord → AuthenticatedRecord. Records leave in the order in which they came. */
export class RecordAdmission {
  private readonly verification: VerificationQueue<Checked>;

  /** @param verify default: in place. */
  constructor(
    private readonly states: ChannelStates,
    private readonly clock: Clock,
    verify: VerifyRecords = verifyRecords,
  ) {
    this.verification = new VerificationQueue(verify, leave);
  }

  admit(admission: Admission): void {
    let record: ParsedRecord | undefined;
    try {
      record = parseRecord(admission.received);
      requireChannel(record, admission.channel);
      const { channel, epoch } = record.header;
      const state = this.states.remembered(channel, epoch);
      if (state === undefined) void this.admitUnknown(admission, record);
      else this.check(admission, record, state);
    } catch (error) {
      admission.refused(error, record);
    }
  }

  private async admitUnknown(admission: Admission, record: ParsedRecord): Promise<void> {
    try {
      this.check(admission, record, await this.states.newest(record.header.channel));
    } catch (error) {
      admission.refused(error, record);
    }
  }

  private check(admission: Admission, record: ParsedRecord, state: ChannelState | undefined): void {
    const { caller } = admission;
    const member = state?.members.get(caller.device);
    if (state === undefined || member === undefined) throw absent();
    requireLawfulRecord(record.header, state, caller, this.clock.now());
    if (record.header.epoch !== state.epoch) throw staleEpoch(state.epoch);
    const { hashes, signature } = record;
    const { members } = state;
    const toVerify = { hashes, signature, publicKey: member.signatureKey };
    if (!this.verification.add({ admission, record, members, toVerify, weight: weightOf(record) })) throw full();
  }
}

function leave({ admission, record, members }: Checked, outcome: boolean | { readonly fault: unknown }): void {
  if (outcome === true) admission.admitted(authenticated(record), members);
  else admission.refused(outcome === false ? badSignature() : outcome.fault, record);
}

/** The last step of the pipeline: only a record whose signature has just been verified comes here. */
function authenticated(record: ParsedRecord): AuthenticatedRecord {
  return record as AuthenticatedRecord;
}

function requireChannel(record: ParsedRecord, channel: ChannelId | undefined): void {
  if (channel === undefined || record.header.channel === channel) return;
  throw new LiaisonError('malformed', 'The header names another channel than the request.', { check: 'REC-11' });
}

function badSignature(): LiaisonError {
  return new LiaisonError('bad-signature', 'The signature of the record is not that of this device.', {
    check: 'REC-13',
  });
}
