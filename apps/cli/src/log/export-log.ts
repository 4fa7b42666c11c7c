import {
  commonCheckpoint,
  type CommonCheckpoint,
  entryProver,
  type LogQuery,
  type ProvingPorts,
} from '#liaison/client';
import { explainReasons, reasonsOf, type Reason } from '#liaison/policy';
import {
  type ChannelId,
  type Clock,
  LiaisonError,
  type ReceiptProof,
  type RecordId,
  timestampOf,
  utf8,
} from '#liaison/protocol';
import {
  decodeLogEntry,
  encodeTlogProof,
  encodeWitnessPolicy,
  isRecordType,
  type LogEntry,
  type WitnessPolicy,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { Desk } from '../desk/open-desk.js';
import { exportReadme } from './export-readme.js';

/** What to export: entries of the log, and records that they are the entries of. */
export interface ExportWish {
  /** Plain words, for the README. */
  readonly what: string;
  readonly query: LogQuery;
  readonly wanted: (entry: LogEntry) => boolean;
  /** Whether the record goes with its entry. Default: always. */
  readonly handsOver?: (entry: LogEntry) => boolean;
}

/** Files by their path in the bundle. */
export interface ExportBundle {
  readonly files: ReadonlyMap<string, string>;
  readonly entries: number;
  readonly records: number;
  /** Entries that the checkpoint does not cover yet. */
  readonly tooNew: number;
  /** Records that their marks keep out of proceedings: of these the entries are all that is handed over. */
  readonly withheld: number;
  /** The records in it, which the log has to say were exported. */
  readonly handedOver: readonly NamedRecord[];
}

interface NamedRecord {
  readonly channel: ChannelId;
  readonly record: RecordId;
}

export interface ExportPorts {
  readonly desk: Desk;
  readonly policy: WitnessPolicy;
  readonly clock: Clock;
  /** Text of the script that verifies the bundle. */
  readonly verifier: string;
}

interface Logged {
  readonly index: number;
  readonly text: string;
  readonly entry: LogEntry;
}

/**
 * A folder for a court or an authority: entries with their proofs under one checkpoint, records without their content as their senders
 * signed them, certificates, roster, policy, and a script that verifies it all. Everything is verified here first.
 * @throws LiaisonError `integrity` where anything does not hold, `not-found` where there is nothing to export.
 */
export async function exportLog(wish: ExportWish, ports: ExportPorts): Promise<ExportBundle> {
  const { client } = ports.desk;
  const found = (await client.log.entries(wish.query))
    .map(({ index, entry: text }): Logged => ({ index, text, entry: decodeLogEntry(utf8(text)) }))
    .filter(({ entry }) => wish.wanted(entry));
  const { note, checkpoint } = await commonCheckpoint(provingPorts(ports));
  const covered = found.filter(({ index }) => index < checkpoint.size);
  if (covered.length === 0)
    throw new LiaisonError('not-found', 'The log shows nothing of this kind to this device yet.');
  const files = new Map<string, string>();
  await addProofs(files, covered, { note, checkpoint, ports });
  const { handsOver = () => true } = wish;
  const records = covered.filter(({ entry }) => handsOver(entry));
  const { handedOver, withheld } = await addRecords(files, records, ports);
  const counts = { entries: covered.length, records: handedOver.length, tooNew: found.length - covered.length };
  await addSurroundings(files, { note, checkpoint, wish, ports, counts, withheld });
  return { files, handedOver, ...counts, withheld: withheld.length };
}

interface Proving extends CommonCheckpoint {
  readonly ports: ExportPorts;
}

async function addProofs(files: Map<string, string>, logged: readonly Logged[], proving: Proving): Promise<void> {
  const prove = entryProver(proving, provingPorts(proving.ports));
  for (const { index, text: entry } of logged) addProof(files, await prove({ index, entry }));
}

function addProof(files: Map<string, string>, proof: ReceiptProof): void {
  files.set(`proofs/${padded(proof.index)}.json`, pretty(proof));
  files.set(`tlog-proofs/${padded(proof.index)}.tlog-proof`, encodeTlogProof(proof));
}

function provingPorts({ desk, policy, clock }: ExportPorts): ProvingPorts {
  return { log: desk.client.log, policy, at: clock.now(), hashing: nodeTreeHashing };
}

/** Records that this device holds. Of others, and of what it could not open, the entries are all there is. */
async function addRecords(
  files: Map<string, string>,
  logged: readonly Logged[],
  { desk }: ExportPorts,
): Promise<{ readonly handedOver: readonly NamedRecord[]; readonly withheld: readonly string[] }> {
  const handedOver: NamedRecord[] = [];
  const withheld: string[] = [];
  for (const { entry } of logged) {
    const { channel, record } = entry.subject;
    if (!isRecordType(entry.type) || channel === undefined || record === undefined) continue;
    const against = await againstProceedings(desk, { channel, record });
    if (against.length > 0) {
      withheld.push(`${record}: ${explainReasons(against)}`);
      continue;
    }
    const evidence = await desk.client.log.evidence(channel, record).catch((error: unknown) => {
      if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (evidence === undefined) continue;
    files.set(`records/${channel}.${record}.json`, pretty(evidence));
    handedOver.push({ channel, record });
  }
  return { handedOver, withheld };
}

/** What keeps a record out of a bundle for a court: H1, until its originator consents. */
async function againstProceedings({ client }: Desk, named: NamedRecord): Promise<readonly Reason[]> {
  try {
    return reasonsOf(await client.marks.mayUseInProceedings(named));
  } catch (error) {
    // What this device does not hold is not handed over anyway.
    if (error instanceof LiaisonError && error.code === 'not-found') return [];
    throw error;
  }
}

async function addSurroundings(
  files: Map<string, string>,
  about: Proving & {
    readonly wish: ExportWish;
    readonly counts: Omit<ExportBundle, 'files' | 'handedOver' | 'withheld'>;
    readonly withheld: readonly string[];
  },
): Promise<void> {
  const { note, checkpoint, wish, ports, counts, withheld } = about;
  const { desk, policy, clock, verifier } = ports;
  files.set('checkpoint', note);
  files.set('policy.txt', encodeWitnessPolicy(policy));
  files.set('roster.json', pretty(await desk.client.roster()));
  files.set('verify.mjs', verifier);
  const facts = { what: wish.what, device: desk.client.device, community: desk.roster.community };
  files.set('README.txt', exportReadme({ ...facts, ...counts, withheld, checkpoint, at: timestampOf(clock) }));
}

const pretty = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

function padded(index: number): string {
  return String(index).padStart(9, '0');
}
