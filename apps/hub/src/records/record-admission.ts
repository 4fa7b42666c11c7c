import { verifyRecords, type RecordToVerify } from '#liaison/crypto.node';
import { LiaisonError, type ChannelId, type Clock } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import type { ChannelState } from '../channels/channel-state.js';
import type { ChannelStates } from '../channels/channel-states.js';
import type { AuthenticatedRecord } from './authenticated-record.js';
import { absent, staleEpoch } from './batch-plan.js';
import { parseRecord, type ParsedRecord, type ReceivedBytes } from './parsed-record.js';
import { requireLawfulRecord } from './record-rules.js';
import type { EpochMembers } from './submission.js';

/** What is asked of the pipeline: exactly one of the two is called. */
export interface Admission {
  readonly caller: AuthenticatedDevice;
  readonly received: ReceivedBytes;
  /** The channel of the request's path, where there is one. */
  readonly channel?: ChannelId;
  readonly admitted: (record: AuthenticatedRecord, members: EpochMembers) => void;
  /** `record` is there once it was parsed. */
  readonly refused: (error: unknown, record?: ParsedRecord) => void;
}

interface Checked {
  readonly admission: Admission;
  readonly record: ParsedRecord;
  readonly members: EpochMembers;
  readonly toVerify: RecordToVerify;
}

/**
 * ReceivedBytes → ParsedRecord → AuthenticatedRecord. Signatures of the records that arrive in one turn of the event loop are
 * verified together, and leave in the order in which they came.
 */
export class RecordAdmission {
  private gathered: Checked[] = [];
  private verifying: Promise<void> = Promise.resolve();

  constructor(
    private readonly states: ChannelStates,
    private readonly clock: Clock,
  ) {}

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
    requireLawfulRecord(record.header, state.profile, caller, this.clock.now());
    if (record.header.epoch !== state.epoch) throw staleEpoch(state.epoch);
    const { hashes, signature } = record;
    const { members } = state;
    this.gather({ admission, record, members, toVerify: { hashes, signature, publicKey: member.signatureKey } });
  }

  private gather(checked: Checked): void {
    this.gathered.push(checked);
    if (this.gathered.length === 1) setImmediate(() => void this.verifyGathered());
  }

  private async verifyGathered(): Promise<void> {
    const batch = this.gathered;
    this.gathered = [];
    const answers = verifyRecords(batch.map(({ toVerify }) => toVerify));
    const before = this.verifying;
    this.verifying = (async () => {
      const [verified] = await Promise.allSettled([answers, before]);
      batch.forEach((checked, index) => {
        leave(checked, verified, index);
      });
    })();
    await this.verifying;
  }
}

function leave(
  { admission, record, members }: Checked,
  verified: PromiseSettledResult<boolean[]>,
  index: number,
): void {
  if (verified.status === 'rejected') admission.refused(verified.reason, record);
  else if (verified.value[index] === true) admission.admitted(authenticated(record), members);
  else admission.refused(badSignature(), record);
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
