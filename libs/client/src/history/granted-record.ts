import { revokedAtOf, verify } from '#liaison/crypto';
import { members } from '#liaison/mls-session';
import { keyOf, mayGiveHistory, standingsIn, type Decision } from '#liaison/policy';
import {
  contactPointOf,
  fromBase64url,
  grantSignedBytes,
  type GrantedRecord,
  type LiaisonError,
  toBase64url,
} from '#liaison/protocol';
import { differingMember, expectedOfRecord, type LogEntry, recordActOf } from '#liaison/tlog';
import { breach } from '../breach.js';
import type { ChannelReading } from '../channel-reading.js';
import { deviceOf } from '../group-policy.js';
import { filedAs, loadFile } from '../marks/stored-file.js';
import { type ParsedRecord, parseErased, parseRecord } from '../parsed-record.js';
import { authenticateGranted, type AuthenticatedRecord, type OpenedRecord } from '../record-pipeline.js';
import { KEYS } from '../keys.js';
import type { Trust } from '../trust.js';
import type { ExpectedRecord } from './history-keys.js';

/** A granted record as the hub served it, with what was expected and what the log says of it. */
export interface Served {
  readonly expected: ExpectedRecord;
  readonly granted: GrantedRecord;
  /** Absent where the community keeps no log. */
  readonly entry: LogEntry | undefined;
}

/** `fault`: the log does not hold it. */
export type Fetched = Served & { readonly fault?: LiaisonError };

/** The device that gave the key signed the grant too, to this device, and is a member. @throws LiaisonError `integrity` CLI-94. */
export function requireGrant({ device, channel }: ChannelReading, { expected, granted }: Served): void {
  const { by, at, purpose, signature } = granted.grant;
  const { record, giverKey } = expected;
  const signed = grantSignedBytes(by, { channel: channel.state.id, record, to: device.address, at, purpose });
  const isSigned = verify('history-grant', signed, fromBase64url(signature), fromBase64url(giverKey));
  if (by !== expected.by || !isSigned)
    throw breach('CLI-94', 'The grant is not signed by the device that gave the key.');
  const present = channel.group === undefined ? [] : members(channel.group);
  if (!present.some(({ certificate }) => deviceOf(certificate) === by))
    throw breach('CLI-94', `${by} is no member of the channel.`);
}

/** The record that was granted, at its place, in the log. @throws LiaisonError `integrity` CLI-10, CLI-11, CLI-95, CLI-97. */
export function parseGranted({ expected, granted, entry }: Served): ParsedRecord {
  const { event } = granted;
  if (event.type !== 'record' && event.type !== 'erased-record') throw breach('CLI-95', 'It is no record.');
  const record = event.type === 'record' ? parseRecord(event) : parseErased(event);
  const { header, hashes, seq } = record;
  const isIt = header.id === expected.record && seq === expected.seq;
  if (!isIt || toBase64url(hashes.headerHash) !== expected.headerHash) throw breach('CLI-95');
  if (entry !== undefined && !isOf(entry, record)) throw breach('CLI-97', 'Its entry is of another record.');
  return record;
}

function isOf(entry: LogEntry, { header, hashes, seq }: ParsedRecord): boolean {
  const expected = expectedOfRecord(
    { ...header, seq, headerHash: toBase64url(hashes.headerHash) },
    recordActOf(header),
  );
  return differingMember(entry, expected) === undefined;
}

/** @throws LiaisonError `integrity` CLI-14, CLI-15, CLI-30, CLI-31, CLI-95. */
export async function authenticate(
  { transaction, trust, device }: ChannelReading,
  { expected, entry }: Served,
  record: ParsedRecord,
): Promise<AuthenticatedRecord> {
  const certificate = await transaction.get(KEYS.senderCertificate(expected.certificate));
  if (certificate === undefined) throw breach('CLI-95', 'Its sender’s certificate did not come with it.');
  const sender = requireGoodThen(trust, certificate, Date.parse(entry?.at ?? record.storedAt));
  const vouched = {
    contentKey: fromBase64url(expected.contentKey),
    headerHash: fromBase64url(expected.headerHash),
    bodyHash: fromBase64url(expected.bodyHash),
    certificate,
  };
  return authenticateGranted(record, vouched, sender, record.header.sender === device.address);
}

/** Whoever was revoked later was good when the record was stored: an officer's lost device above all. @param at when it was stored. */
function requireGoodThen(trust: Trust, der: Uint8Array, at: number) {
  const { certificate, fault } = trust.standing(der, at);
  if (certificate === undefined) throw breach(fault?.check ?? 'CLI-30', fault?.message);
  const list = trust.revocationLists.get(contactPointOf(certificate.device));
  const revokedAt = list && revokedAtOf(list, certificate.serial);
  const isTolerated =
    fault === undefined ||
    fault.kind === 'expired' ||
    fault.kind === 'inactive' ||
    (fault.kind === 'revoked' && revokedAt !== undefined && at < revokedAt);
  if (!isTolerated) throw breach(fault.check, fault.message);
  return certificate;
}

/** The same rules as at the hub and at the device that gave it, as of the grant. */
export async function judgeGranted(
  reading: ChannelReading,
  { granted }: Served,
  { header, storedAt }: Pick<OpenedRecord, 'header' | 'storedAt'>,
): Promise<{ readonly decision: Decision; readonly isWithdrawn: boolean }> {
  const { transaction, trust, device, channel } = reading;
  const { by, at: grantedAt } = granted.grant;
  const ref = { channel: channel.state.id, record: header.id };
  const standing = async (asOf: number) => {
    const sources = await loadFile(transaction, header.derivedFrom ?? [], asOf);
    const self = await filedAs(transaction, header, channel.state, asOf);
    return standingsIn((each) => (keyOf(each) === keyOf(ref) ? self : sources(each)), reading.at)(ref);
  };
  const [now, then] = [await standing(Infinity), await standing(Date.parse(grantedAt))];
  if (now === undefined || then === undefined) throw breach('CLI-96', 'It cannot be judged.');
  const certificate = trust.standing(device.profile.certificate, reading.at).certificate;
  const decision = mayGiveHistory({
    actor: { contactPoint: contactPointOf(by) },
    source: then.source,
    classification: now.marking.classification,
    kind: header.kind,
    history: header.history,
    profile: channel.state.profile,
    storedAt: Date.parse(storedAt),
    recipient: { contactPoint: device.contactPoint, clearance: certificate?.clearance ?? 'UNCLASSIFIED' },
    agreements: trust.roster.agreements ?? [],
    at: reading.at,
  });
  return { decision, isWithdrawn: now.source.withdrawn };
}
