import { type AgreementKey, keyIdOf, openBody, openSealed, verify, verifyRecord } from '#liaison/crypto';
import { mayUseInProceedings, reason, type Reason, reasonsOf, standingOf } from '#liaison/policy';
import {
  contactPointOf,
  custodyContext,
  depositSignedBytes,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  type RecordId,
  type SignedRoster,
  type StoredDeposit,
  toBase64url,
  utf8,
  decodeUntrustedRoster,
} from '#liaison/protocol';
import { isRecordType, verifyReceiptProof, type WitnessPolicy } from '#liaison/tlog';
import { Trust } from '../trust.js';
import { custodyKeyOf } from './custody-key.js';
import { type CustodyMaterial, type EventParts, type MaterialRecord, partsOf } from './material.js';
import { filedMaterial } from './material-file.js';
import { requireLawfulOpening } from './signed-by-administrator.js';

const REQUEST_HOLDS_MS = 30 * 24 * 60 * 60 * 1000;

/** A record whose content came out. */
export interface OpenedFromCustody {
  readonly record: MaterialRecord;
  readonly parts: EventParts;
  readonly contentKey: Uint8Array;
  /** Canonical JSON text of the body. */
  readonly content: string;
}

/** A deposit that does not give the key of its record, and who made it. */
export interface WrongDeposit {
  readonly record: RecordId;
  readonly device: string;
  readonly why: string;
}

export interface CustodyResult {
  readonly opened: readonly OpenedFromCustody[];
  /** Not opened, for their marks or originators forbid it. */
  readonly withheld: readonly { readonly record: RecordId; readonly reasons: readonly Reason[] }[];
  /** No deposit gives their key. */
  readonly lost: readonly RecordId[];
  readonly wrong: readonly WrongDeposit[];
}

export interface CustodyGrounds {
  readonly material: CustodyMaterial;
  /** The custodians' own copy. */
  readonly roster: SignedRoster;
  /** Whose word on the log counts. */
  readonly policy: WitnessPolicy;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Verifies all that does not take a key: who asked, that the log has it, and that the records are those that their senders signed.
 * @throws LiaisonError `integrity` CUS-10, CUS-11, CUS-12, CUS-15.
 */
export function verifyMaterial({ material, roster, policy, at }: CustodyGrounds): void {
  const { opening, contactPoint } = material;
  const trust = trustIn(roster);
  try {
    requireLawfulOpening(opening, trust);
  } catch (cause) {
    throw refused('CUS-10', messageOf(cause), cause);
  }
  if (contactPointOf(opening.device) !== contactPoint)
    throw refused('CUS-10', `${opening.device} asks for records of ${contactPoint}.`);
  if (Date.parse(opening.at) + REQUEST_HOLDS_MS < at)
    throw refused('CUS-12', `The request is of ${opening.at}: older than 30 days. Make a new one.`);
  const asked = material.records.map(({ event }) => partsOf(event)?.header.id);
  if (asked.length !== opening.records.length || opening.records.some((record, place) => asked[place] !== record))
    throw refused('CUS-11', 'These are not the records that were asked for.');
  for (const record of material.records) {
    requireLoggedOpening(material, record, policy, at);
    requireAuthentic(record, { trust, policy, at });
  }
}

/**
 * Opens what may be opened. Call {@link verifyMaterial} first: what is opened without it may be nobody's lawful request.
 * @throws LiaisonError `usage` CUS-13 where the shares are of another key than those that were deposited under.
 */
export function openMaterial({ material, roster, at }: CustodyGrounds, key: AgreementKey): CustodyResult {
  requireOwnKey(material, roster, key);
  const file = filedMaterial(material);
  const trust = trustIn(roster);
  const opened: OpenedFromCustody[] = [];
  const withheld: { record: RecordId; reasons: readonly Reason[] }[] = [];
  const lost: RecordId[] = [];
  const wrong: WrongDeposit[] = [];
  for (const record of material.records) {
    const parts = recordParts(record);
    const { id } = parts.header;
    const reasons = againstDisclosure(record, parts, { file, contactPoint: material.contactPoint, at });
    if (reasons.length > 0) {
      withheld.push({ record: id, reasons });
      continue;
    }
    const found = openOne(record, parts, { key, trust, material, wrong });
    if (found === undefined) lost.push(id);
    else opened.push(found);
  }
  return { opened, withheld, lost, wrong };
}

function openOne(
  record: MaterialRecord,
  parts: EventParts,
  {
    key,
    trust,
    material,
    wrong,
  }: { key: AgreementKey; trust: Trust; material: CustodyMaterial; wrong: WrongDeposit[] },
): OpenedFromCustody | undefined {
  let found: OpenedFromCustody | undefined;
  const { id } = parts.header;
  for (const deposit of record.deposits) {
    if (deposit.keyId !== keyIdOf(key.publicKey)) continue;
    try {
      requireOwnDeposit(deposit, parts, material, trust);
      const contentKey = contentKeyIn(deposit, parts, material, key);
      found ??= { record, parts, contentKey, content: contentOf(parts, contentKey) };
    } catch (cause) {
      wrong.push({ record: id, device: deposit.device, why: messageOf(cause) });
    }
  }
  return found;
}

function requireOwnDeposit(
  deposit: StoredDeposit,
  { header }: EventParts,
  { contactPoint }: CustodyMaterial,
  trust: Trust,
): void {
  const { device, signature } = deposit;
  const { certificate } = trust.standing(fromBase64url(deposit.certificate), Date.parse(deposit.at));
  if (certificate?.device !== device || contactPointOf(device) !== contactPoint)
    throw refused('CUS-14', `${device} is no device of ${contactPoint}.`);
  const signed = depositSignedBytes(device, { ...deposit, channel: header.channel, record: header.id });
  if (!verify('custody-deposit', signed, fromBase64url(signature), certificate.publicKey))
    throw refused('CUS-14', `The deposit is not signed by ${device}.`);
}

function contentKeyIn(
  { sealed, headerHash }: StoredDeposit,
  { header: { channel, id } }: EventParts,
  { contactPoint }: CustodyMaterial,
  key: AgreementKey,
): Uint8Array {
  const context = custodyContext({ contactPoint, channel, record: id, headerHash });
  return openSealed({ sealed: fromBase64url(sealed), key, context });
}

function contentOf({ event, body }: EventParts, contentKey: Uint8Array): string {
  if (body === undefined) throw refused('CUS-14', 'Its content was erased: the key opens nothing any more.');
  return fromUtf8(openBody({ contentKey, body, header: utf8(event.record.header) }));
}

/** Marks hold in custody as anywhere: what may not go before a court is not opened for one. */
function againstDisclosure(
  { withdrawn }: MaterialRecord,
  { header: { channel, id, derivedFrom = [], sender } }: EventParts,
  {
    file,
    contactPoint,
    at,
  }: { file: ReturnType<typeof filedMaterial>; contactPoint: string & CustodyMaterial['contactPoint']; at: number },
): readonly Reason[] {
  const standing = standingOf(file, { channel, record: id }, at);
  const originators = standing?.source.originators ?? [contactPointOf(sender)];
  if (withdrawn === true) return [reason('withdrawn')];
  if (standing === undefined || (derivedFrom.length > 0 && !standing.complete))
    return [reason('origin-unknown', { originators })];
  return reasonsOf(mayUseInProceedings({ actor: { contactPoint }, source: standing.source }));
}

/** That the hub has logged this very request for this record: else a hub could pass records to custodians past everybody. */
function requireLoggedOpening(
  { opening }: CustodyMaterial,
  { opened, event }: MaterialRecord,
  policy: WitnessPolicy,
  at: number,
): void {
  const parts = partsOf(event);
  if (parts === undefined) throw refused('CUS-15', 'An event is no record.');
  const { channel, id } = parts.header;
  const expected = { type: 'custody.opened', channel, record: id } as const;
  const proved = verifyReceiptProof({ proof: opened, policy, expected, at });
  if (proved.outcome !== 'ok') throw refused('CUS-11', `Record ${id}: ${proved.message}`);
  const { details, purpose, authority } = proved.entry;
  const isThis =
    details?.['opening'] === opening.id &&
    details['signature'] === opening.signature &&
    purpose === opening.reason &&
    authority === opening.authority;
  if (!isThis) throw refused('CUS-11', `Record ${id}: the log has another request.`);
}

function requireAuthentic(
  record: MaterialRecord,
  { trust, policy, at }: { trust: Trust; policy: WitnessPolicy; at: number },
): void {
  const parts = recordParts(record);
  requireSigned(record.certificate, parts, trust);
  for (const { event, certificate } of record.about) {
    const said = partsOf(event);
    if (said === undefined) throw refused('CUS-15', 'An event is no record.');
    requireSigned(certificate, said, trust);
  }
  const { header, hashes, event } = parts;
  const { channel, id, sender } = header;
  const stored = { actor: sender, channel, seq: event.seq, record: id };
  const expected = { ...stored, headerHash: toBase64url(hashes.headerHash) };
  const proved = verifyReceiptProof({ proof: record.stored, policy, expected, at });
  if (proved.outcome === 'ok' && !isRecordType(proved.entry.type))
    throw refused('CUS-15', `Record ${id}: the log entry is of something else.`);
  if (proved.outcome !== 'ok') throw refused('CUS-15', `Record ${id}: ${proved.message}`);
}

function requireSigned(der: string, { header, hashes, signature, event }: EventParts, trust: Trust): void {
  const { certificate } = trust.standing(fromBase64url(der), Date.parse(event.at));
  const isSender = certificate?.device === header.sender;
  if (!isSender || !verifyRecord(hashes, signature, certificate.publicKey))
    throw refused('CUS-15', `Record ${header.id} is not signed by ${header.sender}.`);
}

/** @throws LiaisonError `usage` CUS-13. */
function requireOwnKey(
  { contactPoint, records }: CustodyMaterial,
  { roster }: SignedRoster,
  { publicKey }: AgreementKey,
): void {
  const keyId = keyIdOf(publicKey);
  const point = decodeUntrustedRoster(roster).contactPoints.find(({ id }) => id === contactPoint);
  const isCurrent = custodyKeyOf(point)?.keyId === keyId;
  if (isCurrent || records.some(({ deposits }) => deposits.some((deposit) => deposit.keyId === keyId))) return;
  const message = `These shares give the key ${keyId}, which is not a custody key of ${contactPoint} that anything was deposited under.`;
  throw new LiaisonError('usage', message, { check: 'CUS-13' });
}

function recordParts({ event }: MaterialRecord): EventParts {
  const parts = partsOf(event);
  if (parts === undefined) throw refused('CUS-15', 'An event is no record.');
  return parts;
}

function trustIn(signed: SignedRoster): Trust {
  return new Trust(signed, decodeUntrustedRoster(signed.roster), new Map());
}

function refused(check: string, message: string, cause?: unknown): LiaisonError {
  return new LiaisonError('integrity', message, { check, ...(cause === undefined ? {} : { cause }) });
}

function messageOf(cause: unknown): string {
  return cause instanceof LiaisonError ? cause.message : 'It cannot be read.';
}
