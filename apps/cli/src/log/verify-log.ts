import { auditLog, fewestCosignatures, type LogAuditReport, type LiaisonClient } from '#liaison/client';
import { type Clock, LiaisonError } from '#liaison/protocol';
import { type Checkpoint, decodeNote, decodeUntrustedCheckpoint, type WitnessPolicy } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { folderCheckpoint, folderLog, hasEntries } from './folder-log.js';

export interface Looking {
  readonly policy: WitnessPolicy;
  readonly clock: Clock;
  readonly remark: (text: string) => void;
}

/** A log that is this long takes a while: say how far it is. */
const LONG_LOG = 50_000;
const STEP = 0.1;

/** The whole audit of the live hub's log. What holds is remembered in the profile's store; what does not is an alarm as well. */
export async function verifyLiveLog(client: LiaisonClient, looking: Looking): Promise<LogAuditReport> {
  const { policy, clock, remark } = looking;
  const held = await client.log.held();
  // In this order: the newest is not older than the one that witnesses have cosigned.
  const witnessedNote = await client.log.newest(fewestCosignatures(policy));
  const note = await client.log.newest();
  const before = held === undefined ? {} : { held };
  const { reader } = client.log;
  const audit = { note, witnessedNote, reader, policy, at: clock.now(), hashing: nodeTreeHashing, ...before };
  const report = await auditLog({ ...audit, onProgress: progressTo(remark) });
  await remember(client);
  return report;
}

/** The client makes its own checks, which raise the alarms; the report says already what is wrong. */
async function remember(client: LiaisonClient): Promise<void> {
  try {
    await client.log.advance();
  } catch (error) {
    if (!(error instanceof LiaisonError) || error.code !== 'integrity') throw error;
  }
}

/** A folder, without network. @param held an older checkpoint of the same log, where one is known. */
export async function verifyFolderLog(folder: string, looking: Looking, held?: Checkpoint): Promise<LogAuditReport> {
  const note = await folderCheckpoint(folder);
  const before = held === undefined || !isOlder(held, note) ? {} : { held };
  return auditLog({
    note,
    reader: folderLog(folder),
    entries: await hasEntries(folder),
    policy: looking.policy,
    at: looking.clock.now(),
    hashing: nodeTreeHashing,
    onProgress: progressTo(looking.remark),
    ...before,
  });
}

/** A folder may well be older than what the device has seen since: that is no fault of the log. */
function isOlder(held: Checkpoint, note: string): boolean {
  try {
    const { origin, size } = decodeUntrustedCheckpoint(decodeNote(note).text);
    return held.origin === origin && held.size <= size;
  } catch {
    return false;
  }
}

function progressTo(remark: (text: string) => void) {
  let next = STEP;
  return ({ done, total }: { readonly done: number; readonly total: number }) => {
    if (total < LONG_LOG || done / total < next) return;
    next = done / total + STEP;
    remark(`${done} of ${total} entries verified.`);
  };
}
