import {
  type Checkpoint,
  type CheckpointVerification,
  type Cosigned,
  type LogFault,
  type LogReader,
  readEntryPlace,
  sodiumTreeHashing,
  type TreeHashing,
  verifyCheckpoint,
  verifyLog,
  type WitnessPolicy,
} from '#liaison/tlog';
import { ChannelGaps } from './channel-gaps.js';
import { growthFaultOf, logFaultOf } from './log-growth.js';
import { withoutQuorum } from './log-policy.js';

/** What is asked of a log, in this order. */
export type LogQuestion = 'signature' | 'witnesses' | 'growth' | 'tiles' | 'gaps';

/** An answer in plain words. `not-asked`: there was nothing to hold it against, and the words say so. */
export interface LogVerdict {
  readonly question: LogQuestion;
  readonly outcome: 'holds' | 'fails' | 'not-asked';
  /** With `fails`: the check (docs/spec/validation.md). */
  readonly check?: string;
  readonly message: string;
}

export interface LogAudit {
  /** The checkpoint as it is served or was kept: untrusted. */
  readonly note: string;
  /** The newest checkpoint that enough witnesses have cosigned, where that is an older one. */
  readonly witnessedNote?: string;
  readonly reader: LogReader;
  readonly policy: WitnessPolicy;
  /** A checkpoint that was verified before. */
  readonly held?: Checkpoint;
  /** `false`: this copy has tiles only. Default: entries too. */
  readonly entries?: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly hashing?: TreeHashing;
}

export interface LogAuditReport {
  readonly holds: boolean;
  readonly verdicts: readonly LogVerdict[];
  /** Absent where its signature does not hold: then nothing in it may be shown. */
  readonly checkpoint?: Checkpoint;
  /** Names of the known witnesses that cosigned. */
  readonly cosignedBy: readonly string[];
  readonly shown: number;
  readonly withheld: number;
}

/**
 * The whole audit of a log: the log's signature, the witnesses, growth since an earlier checkpoint, every tile and every entry
 * that is shown, and whether each channel's places are all there. The same for a live hub and for a folder.
 */
export async function auditLog(audit: LogAudit): Promise<LogAuditReport> {
  const signed = verifyCheckpoint({ note: audit.note, policy: withoutQuorum(audit.policy), at: audit.at });
  if (signed.outcome !== 'ok') {
    const verdicts = [failed('signature', signed)];
    return { holds: false, verdicts, cosignedBy: [], shown: 0, withheld: 0 };
  }
  const { checkpoint } = signed;
  const { verdicts: ofEntries, shown, withheld } = await auditEntries(audit, checkpoint);
  const verdicts = [
    holds('signature', `${checkpoint.size} entries, signed by the log ${checkpoint.origin}.`),
    await witnessVerdict(audit, signed),
    await growthVerdict(audit, checkpoint),
    ...ofEntries,
  ];
  return {
    holds: verdicts.every(({ outcome }) => outcome !== 'fails'),
    verdicts,
    checkpoint,
    cosignedBy: signed.cosigned.map(({ witness }) => witness),
    shown,
    withheld,
  };
}

async function witnessVerdict(
  { note, witnessedNote = note, policy, at, reader, hashing }: LogAudit,
  { checkpoint, cosigned }: Extract<CheckpointVerification, { outcome: 'ok' }>,
): Promise<LogVerdict> {
  if (policy.quorum === 'none') return unwitnessed(policy, cosigned);
  const verified = verifyCheckpoint({ note: witnessedNote, policy, at });
  if (verified.outcome !== 'ok') return failed('witnesses', verified);
  const older = verified.checkpoint;
  const fault = await growthFaultOf({ older, newer: checkpoint, reader }, hashing);
  if (fault !== undefined) return failed('witnesses', fault);
  const rest = checkpoint.size - older.size;
  const after = rest === 0 ? '' : ` They have not cosigned the last ${rest} entries yet.`;
  return holds('witnesses', `${namesOf(verified.cosigned)} cosigned ${older.size} entries: the quorum is met.${after}`);
}

function unwitnessed(policy: WitnessPolicy, cosigned: readonly Cosigned[]): LogVerdict {
  const who =
    policy.witnesses.size === 0 ? 'No witness is known' : `None of ${policy.witnesses.size} witnesses is asked for`;
  const but = cosigned.length === 0 ? '' : ` Cosigned all the same: ${namesOf(cosigned)}.`;
  const message = `${who}: that others were shown the same log is not proved.${but}`;
  return { question: 'witnesses', outcome: 'not-asked', message };
}

const namesOf = (cosigned: readonly Cosigned[]) => cosigned.map(({ witness }) => witness).join(', ');

async function growthVerdict({ held, reader, hashing }: LogAudit, checkpoint: Checkpoint): Promise<LogVerdict> {
  if (held === undefined) {
    const message = 'No earlier checkpoint is held: this is the first look at this log.';
    return { question: 'growth', outcome: 'not-asked', message };
  }
  const fault = await growthFaultOf({ older: held, newer: checkpoint, reader }, hashing);
  if (fault !== undefined) return failed('growth', fault);
  return holds(
    'growth',
    `It only grew since this reader saw ${held.size} entries: ${checkpoint.size - held.size} new.`,
  );
}

async function auditEntries(
  audit: LogAudit,
  checkpoint: Checkpoint,
): Promise<{ readonly verdicts: LogVerdict[]; readonly shown: number; readonly withheld: number }> {
  const gaps = new ChannelGaps();
  const onEntry = (_index: number, bytes: Uint8Array) => {
    gaps.add(readEntryPlace(bytes));
  };
  const { reader, onProgress, entries = true, hashing = sodiumTreeHashing } = audit;
  const progress = onProgress === undefined ? {} : { onProgress };
  const verified = await verifyLog({ reader, checkpoint, entries, onEntry, hashing, ...progress }).catch(logFaultOf);
  if (verified.outcome !== 'ok') return { verdicts: [failed('tiles', verified)], shown: 0, withheld: 0 };
  const { shown, withheld } = verified;
  const rest =
    withheld === 0 ? '' : ` ${withheld} are of others: their hashes are in the tree, their text is not shown.`;
  const tiles = holds('tiles', `All tiles add up to the checkpoint; ${shown} entries hashed.${rest}`);
  return { verdicts: [tiles, entries ? gapVerdict(gaps) : NO_ENTRIES], shown, withheld };
}

const NO_ENTRIES: LogVerdict = {
  question: 'gaps',
  outcome: 'not-asked',
  message: 'This copy has no entries, only their hashes.',
};

function gapVerdict(gaps: ChannelGaps): LogVerdict {
  const [first, ...more] = gaps.gaps();
  if (first === undefined)
    return holds('gaps', `Each place of ${gaps.channels} channels is logged, as far as it is shown.`);
  const others = more.length === 0 ? '' : ` And ${more.length} more.`;
  const message = `In channel ${first.channel} the places ${first.from} to ${first.to} are not in the log.${others}`;
  return { question: 'gaps', outcome: 'fails', check: 'CLI-75', message };
}

function holds(question: LogQuestion, message: string): LogVerdict {
  return { question, outcome: 'holds', message };
}

function failed(question: LogQuestion, { check, message }: LogFault): LogVerdict {
  return { question, outcome: 'fails', check, message };
}
