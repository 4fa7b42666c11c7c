import { type AgreementKey, keyIdOf, openBody, openSealed, verify } from '#liaison/crypto';
import { mayUseInProceedings, reason, type Reason, reasonsOf, standingOf } from '#liaison/policy';
import {
  contactPointOf,
  custodyContext,
  depositSignedBytes,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  type RecordId,
  type StoredDeposit,
  utf8,
} from '#liaison/protocol';
import type { CustodiansTrust } from './custodians-trust.js';
import { custodyKeyOf } from './custody-key.js';
import type { CustodyMaterial, EventParts, MaterialRecord } from './material.js';
import { filedMaterial } from './material-file.js';
import { type CustodyGrounds, messageOf, partsIn, refused, verifyMaterial } from './verify-material.js';

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
  /** Not opened, for they are not what they should be (CUS-15): each with what was found. */
  readonly unsound: readonly { readonly record: RecordId; readonly why: string }[];
  /** No deposit gives their key. */
  readonly lost: readonly RecordId[];
  readonly wrong: readonly WrongDeposit[];
}

/**
 * Verifies, as {@link verifyMaterial}, then opens what may be opened.
 * @throws LiaisonError `integrity`; `usage` CUS-13 where the shares are of another key than those that were deposited under.
 */
export function openMaterial(grounds: CustodyGrounds, key: AgreementKey): CustodyResult {
  const { material, at } = grounds;
  const { trust, findings } = verifyMaterial(grounds);
  requireOwnKey(material, trust, key);
  const file = filedMaterial(material);
  const unsound = [...findings].map(([record, why]) => ({ record, why }));
  const opened: OpenedFromCustody[] = [];
  const withheld: { record: RecordId; reasons: readonly Reason[] }[] = [];
  const lost: RecordId[] = [];
  const wrong: WrongDeposit[] = [];
  for (const record of material.records) {
    const parts = partsIn(record);
    const { id } = parts.header;
    if (findings.has(id)) continue;
    const reasons = againstDisclosure(parts, { file, contactPoint: material.contactPoint, at });
    if (reasons.length > 0) {
      withheld.push({ record: id, reasons });
      continue;
    }
    const found = openOne(record, parts, { key, trust, material, wrong });
    if (found === undefined) lost.push(id);
    else opened.push(found);
  }
  return { opened, withheld, unsound, lost, wrong };
}

function openOne(
  record: MaterialRecord,
  parts: EventParts,
  {
    key,
    trust,
    material,
    wrong,
  }: { key: AgreementKey; trust: CustodiansTrust; material: CustodyMaterial; wrong: WrongDeposit[] },
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
  trust: CustodiansTrust,
): void {
  const { device, signature } = deposit;
  const certificate = trust.certificateThen(fromBase64url(deposit.certificate), Date.parse(deposit.at));
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
  { header: { channel, id, derivedFrom = [], sender } }: EventParts,
  {
    file,
    contactPoint,
    at,
  }: { file: ReturnType<typeof filedMaterial>; contactPoint: string & CustodyMaterial['contactPoint']; at: number },
): readonly Reason[] {
  const standing = standingOf(file, { channel, record: id }, at);
  const originators = standing?.source.originators ?? [contactPointOf(sender)];
  if (standing === undefined || (derivedFrom.length > 0 && !standing.complete))
    return [reason('origin-unknown', { originators })];
  return reasonsOf(mayUseInProceedings({ actor: { contactPoint }, source: standing.source }));
}

/** @throws LiaisonError `usage` CUS-13. */
function requireOwnKey(
  { contactPoint, records }: CustodyMaterial,
  trust: CustodiansTrust,
  { publicKey }: AgreementKey,
): void {
  const keyId = keyIdOf(publicKey);
  if (records.some(({ deposits }) => deposits.some((deposit) => deposit.keyId === keyId))) return;
  if (custodyKeyOf(trust.contactPoint(contactPoint))?.keyId === keyId) return;
  const message = `These shares give the key ${keyId}, which is not a custody key of ${contactPoint} that anything was deposited under.`;
  throw new LiaisonError('usage', message, { check: 'CUS-13' });
}
