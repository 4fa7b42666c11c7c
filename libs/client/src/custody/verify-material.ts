import { verifyRecord } from '#liaison/crypto';
import {
  contactPointOf,
  fromBase64url,
  LiaisonError,
  type RecordId,
  type SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { isRecordType, type LogEntry, verifyReceiptProof, type WitnessPolicy } from '#liaison/tlog';
import { type CustodiansTrust, custodiansTrust } from './custodians-trust.js';
import { type CustodyMaterial, type EventParts, type MaterialRecord, partsOf } from './material.js';
import { requireLawfulOpening } from './signed-by-administrator.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const REQUEST_HOLDS_MS = 30 * DAY_MS;

export interface CustodyGrounds {
  readonly material: CustodyMaterial;
  /** The custodians' own copies: the one that they trust, then its successors, where they have any. */
  readonly rosters: readonly SignedRoster[];
  /** The custodians' own: whose word on the log counts. */
  readonly policy: WitnessPolicy;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What was found before a key is asked for. */
export interface VerifiedMaterial {
  readonly trust: CustodiansTrust;
  /** Records that are not to be opened, for they are not what they should be (CUS-15). The others are. */
  readonly findings: ReadonlyMap<RecordId, string>;
  /** What could not be judged, in plain words. */
  readonly notes: readonly string[];
}

/**
 * Verifies all that does not take a key: whom the custodians trust, who asked, that the log has it, and of each record that it is the one that its
 * sender signed when that counted.
 * @throws LiaisonError `integrity` CUS-10, CUS-11, CUS-12, CUS-16, CUS-17.
 */
export function verifyMaterial(grounds: CustodyGrounds): VerifiedMaterial {
  const { material, at } = grounds;
  const trust = custodiansTrust(grounds);
  requireLawful(material, trust);
  const asked = material.records.map(({ event }) => partsOf(event)?.header.id);
  const { records } = material.opening;
  if (asked.length !== records.length || records.some((record, place) => asked[place] !== record))
    throw refused('CUS-11', 'These are not the records that were asked for.');
  const opened = material.records.map((record) => loggedOpening(grounds, record));
  const openedAt = Math.min(...opened.map((entry) => Date.parse(entry.at)));
  requireInTime(material, { openedAt, at });
  requireList(material, trust, openedAt);
  requireLawful(material, trust, openedAt);
  const findings = new Map<RecordId, string>();
  for (const record of material.records) {
    const finding = findingOf(record, trust, grounds);
    if (finding !== undefined) findings.set(partsIn(record).header.id, finding);
  }
  return { trust, findings, notes: notesOf(material, trust) };
}

/** By what the request says of its time, and again by what the log says. */
function requireLawful({ opening, contactPoint }: CustodyMaterial, trust: CustodiansTrust, loggedAt = 0): void {
  try {
    requireLawfulOpening(opening, { trust, loggedAt });
  } catch (cause) {
    throw refused('CUS-10', messageOf(cause), cause);
  }
  if (contactPointOf(opening.device) !== contactPoint)
    throw refused('CUS-10', `${opening.device} asks for records of ${contactPoint}.`);
}

/** By the log's time: what a device says of its own is held against it, both ways. */
function requireInTime(
  { opening }: CustodyMaterial,
  { openedAt, at }: { readonly openedAt: number; readonly at: number },
): void {
  const askedAt = Date.parse(opening.at);
  const again = 'Make a new one.';
  if (openedAt + REQUEST_HOLDS_MS < at || askedAt + REQUEST_HOLDS_MS < openedAt)
    throw refused('CUS-12', `The request is of ${opening.at}: older than 30 days. ${again}`);
  if (askedAt > openedAt + DAY_MS || openedAt > at + DAY_MS)
    throw refused('CUS-12', `The request is of ${opening.at}, and that is yet to come. Compare the clocks. ${again}`);
}

/** Whether the administrators were still ones when they asked. */
function requireList({ contactPoint }: CustodyMaterial, { newest }: CustodiansTrust, openedAt: number): void {
  const list = newest.revocationLists.get(contactPoint);
  if (list !== undefined && list.nextUpdate >= openedAt) return;
  const message = `The material has no revocation list of ${contactPoint} that was in force when it was asked for. Collect it again.`;
  throw refused('CUS-17', message);
}

function notesOf({ records }: CustodyMaterial, { newest }: CustodiansTrust): string[] {
  const senders = records.map((record) => contactPointOf(partsIn(record).header.sender));
  return [...new Set(senders)]
    .filter((id) => newest.revocationLists.get(id) === undefined)
    .map((id) => `There is no revocation list of ${id}: whether its devices were revoked could not be looked up.`);
}

/** That the hub has logged this very request for this record: else a hub could pass records to custodians past everybody. */
function loggedOpening({ material: { opening }, policy, at }: CustodyGrounds, record: MaterialRecord): LogEntry {
  const { channel, id } = partsIn(record).header;
  const expected = { type: 'custody.opened', channel, record: id } as const;
  const proved = verifyReceiptProof({ proof: record.opened, policy, expected, at });
  if (proved.outcome !== 'ok') throw refused('CUS-11', `Record ${id}: ${proved.message}`);
  const { details, purpose, authority } = proved.entry;
  const isThis =
    details?.['opening'] === opening.id &&
    details['signature'] === opening.signature &&
    purpose === opening.reason &&
    authority === opening.authority;
  if (!isThis) throw refused('CUS-11', `Record ${id}: the log has another request.`);
  return proved.entry;
}

/** @returns why a record is not what it should be; the others may be. */
function findingOf(record: MaterialRecord, trust: CustodiansTrust, grounds: CustodyGrounds): string | undefined {
  try {
    requireAuthentic(record, trust, grounds);
    return undefined;
  } catch (cause) {
    return messageOf(cause);
  }
}

function requireAuthentic(record: MaterialRecord, trust: CustodiansTrust, { policy, at }: CustodyGrounds): void {
  const parts = partsIn(record);
  const { header, hashes, event } = parts;
  const { channel, id, sender } = header;
  const stored = { actor: sender, channel, seq: event.seq, record: id };
  const expected = { ...stored, headerHash: toBase64url(hashes.headerHash) };
  const proved = verifyReceiptProof({ proof: record.stored, policy, expected, at });
  if (proved.outcome !== 'ok') throw refused('CUS-15', `Record ${id}: ${proved.message}`);
  if (!isRecordType(proved.entry.type)) throw refused('CUS-15', `Record ${id}: the log entry is of something else.`);
  requireSigned(record.certificate, parts, { trust, at: Date.parse(proved.entry.at) });
  for (const { event: each, certificate } of record.about) {
    const said = partsOf(each);
    if (said === undefined) throw refused('CUS-15', 'An event is no record.');
    requireSigned(certificate, said, { trust, at: Date.parse(each.at) });
  }
  requireWithdrawal(record, parts);
}

/** That it was withdrawn, its originator has to have said: the hub alone cannot keep it from a court. */
function requireWithdrawal({ withdrawn, about }: MaterialRecord, { header: { id, sender } }: EventParts): void {
  const isSaid = about.some(({ event }) => {
    const header = partsOf(event)?.header;
    const isOriginator = header !== undefined && contactPointOf(header.sender) === contactPointOf(sender);
    return isOriginator && header.kind === 'withdrawal' && header.inReplyTo === id;
  });
  if (withdrawn === true && !isSaid)
    throw refused('CUS-15', `Record ${id}: the hub says that it was withdrawn, and shows no withdrawal.`);
}

function requireSigned(
  der: string | undefined,
  { header, hashes, signature }: EventParts,
  { trust, at }: { readonly trust: CustodiansTrust; readonly at: number },
): void {
  if (der === undefined)
    throw refused('CUS-15', `Record ${header.id}: no certificate of ${header.sender} fits its signature.`);
  const certificate = trust.certificateThen(fromBase64url(der), at);
  if (certificate === undefined)
    throw refused(
      'CUS-15',
      `Record ${header.id}: the certificate of ${header.sender} was not good when it was stored.`,
    );
  if (certificate.device !== header.sender || !verifyRecord(hashes, signature, certificate.publicKey))
    throw refused('CUS-15', `Record ${header.id} is not signed by ${header.sender}.`);
}

export function partsIn({ event }: Pick<MaterialRecord, 'event'>): EventParts {
  const parts = partsOf(event);
  if (parts === undefined) throw refused('CUS-15', 'An event is no record.');
  return parts;
}

export function refused(check: string, message: string, cause?: unknown): LiaisonError {
  return new LiaisonError('integrity', message, { check, ...(cause === undefined ? {} : { cause }) });
}

export function messageOf(cause: unknown): string {
  return cause instanceof LiaisonError ? cause.message : 'It cannot be read.';
}
