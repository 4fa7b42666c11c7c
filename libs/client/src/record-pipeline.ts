import { type DeviceCertificate, openBody, type RecordHashes, verifyRecord } from '#liaison/crypto';
import { parsePrivateMessage } from '#liaison/mls-framing';
import { type GroupState, members, type Mls } from '#liaison/mls-session';
import {
  concatBytes,
  contactPointOf,
  decodeBody,
  equalBytes,
  fromBase64url,
  toBase64url,
  utf8,
  type ChannelId,
  type ChannelProfile,
  type DeviceAddress,
  type RecordBody,
  type RecordHeader,
} from '#liaison/protocol';
import { asBreach, breach } from './breach.js';
import { contactPointsOf, deviceOf } from './group-policy.js';
import { fitsKind } from './kind-of-content.js';
import type { ParsedRecord } from './parsed-record.js';
import { postingFault } from './posting-fault.js';
import type { DeviceStanding, Trust } from './trust.js';

/**
 * ReceivedRecord → ParsedRecord → AuthenticatedRecord → OpenedRecord. Each step takes what the step before made, and only this
 * file can make what follows on a parsed one, so no check can be skipped on the way to a screen.
 */
declare const authenticated: unique symbol;
declare const opened: unique symbol;

/** Written by the member that its header names, for this place, within the rules of the channel. */
export interface AuthenticatedRecord {
  readonly [authenticated]: true;
  readonly record: ParsedRecord;
  readonly contentKey: Uint8Array;
  /** DER: the sender's, as it was verified. */
  readonly certificate: Uint8Array;
  readonly own: boolean;
  /** Of the sender's certificate; not with one's own. */
  readonly serial?: string;
}

/** The end of the pipeline: every check passed and the body was read. The only record a screen may show. */
export interface OpenedRecord {
  readonly [opened]?: true;
  readonly channel: ChannelId;
  readonly seq: number;
  /** When the hub stored it, by the hub's clock. */
  readonly storedAt: string;
  readonly header: RecordHeader;
  readonly body: RecordBody;
  readonly sender: DeviceAddress;
  /** base64url: SHA-256 name of the header, as receipts carry it. */
  readonly headerHash: string;
  /** Sent from this device. */
  readonly own: boolean;
}

export interface AuthenticationInput {
  readonly group: GroupState;
  readonly profile: ChannelProfile;
  readonly epoch: number;
  readonly trust: Trust;
  readonly at: number;
  /** When the hub stored the record, as far as it is believed. */
  readonly orderedAt: number;
  readonly mls: Mls;
}

/**
 * A record of another member.
 * @returns with the group state that has used up the message's key.
 * @throws LiaisonError `integrity` CLI-12 to CLI-20, CLI-30, CLI-31.
 */
export async function authenticateRecord(
  record: ParsedRecord,
  input: AuthenticationInput,
): Promise<{ readonly authenticated: AuthenticatedRecord; readonly group: GroupState }> {
  requirePlace(record, input.epoch);
  const member = members(input.group).find(({ certificate }) => deviceOf(certificate) === record.header.sender);
  if (member === undefined) throw breach('CLI-14', 'No member has this name.');
  const sender = requireSignature(record, member.certificate, input);
  requireRules(record.header, sender, input);
  const { state, plaintext, senderLeaf, authenticatedData } = await decrypt(record, input);
  if (senderLeaf !== member.leafIndex) throw breach('CLI-14');
  if (!equalBytes(authenticatedData, record.hashes.headerHash)) throw breach('CLI-13');
  const contentKey = contentKeyFrom(plaintext, record.hashes);
  const { certificate } = member;
  const { serial } = sender;
  return {
    authenticated: { record, contentKey, certificate, own: false, serial } as AuthenticatedRecord,
    group: state,
  };
}

/**
 * A record that this device sent, which MLS cannot decrypt for its sender.
 * @param sent what the outbox kept of it. @param certificate this device's.
 * @throws LiaisonError `integrity` CLI-15 where it is not what was sent.
 */
export function authenticateOwnRecord(
  record: ParsedRecord,
  sent: {
    readonly contentKey: string;
    readonly headerHash: string;
    readonly bodyHash: string;
    readonly mlsHash: string;
  },
  certificate: Uint8Array,
): AuthenticatedRecord {
  const { headerHash, bodyHash, mlsHash } = record.hashes;
  const same =
    toBase64url(headerHash) === sent.headerHash &&
    toBase64url(bodyHash) === sent.bodyHash &&
    toBase64url(mlsHash) === sent.mlsHash;
  if (!same) throw breach('CLI-15', 'It is not what this device sent under this id.');
  return { record, contentKey: fromBase64url(sent.contentKey), certificate, own: true } as AuthenticatedRecord;
}

/** What a member vouches for of a record that this device was not there for. */
export interface Vouched {
  readonly contentKey: Uint8Array;
  readonly headerHash: Uint8Array;
  readonly bodyHash: Uint8Array;
  /** DER: the sender's. */
  readonly certificate: Uint8Array;
}

/**
 * A record from before this device's time, by the word of a member who read it and the signature of its sender.
 * @param sender what the certificate says, as far as it was good when the record was stored.
 * @throws LiaisonError `integrity` CLI-14, CLI-15, CLI-95.
 */
export function authenticateGranted(
  record: ParsedRecord,
  vouched: Vouched,
  sender: { readonly device: DeviceAddress; readonly publicKey: Uint8Array; readonly serial: string },
  own: boolean,
): AuthenticatedRecord {
  const { hashes, header, signature } = record;
  const isVouched = equalBytes(hashes.headerHash, vouched.headerHash) && equalBytes(hashes.bodyHash, vouched.bodyHash);
  if (!isVouched) throw breach('CLI-95');
  if (sender.device !== header.sender) throw breach('CLI-14');
  if (!verifyRecord(hashes, signature, sender.publicKey)) throw breach('CLI-15');
  const { contentKey, certificate } = vouched;
  return { record, contentKey, certificate, own, ...(!own && { serial: sender.serial }) } as AuthenticatedRecord;
}

/** @throws LiaisonError `integrity` CLI-20, CLI-21. */
export function openRecord({ record, contentKey, own }: AuthenticatedRecord): OpenedRecord {
  const { channel, seq, storedAt, header } = record;
  const headerHash = toBase64url(record.hashes.headerHash);
  const body = bodyOf(record, contentKey);
  if (!fitsKind(header, body)) throw breach('CLI-21', 'It carries something else than its kind says.');
  return { channel, seq, storedAt, header, body, sender: header.sender, headerHash, own };
}

/** What the MLS message of a record carries: content key, then body hash, 32 bytes each. */
export function keyMessage(contentKey: Uint8Array, bodyHash: Uint8Array): Uint8Array {
  return concatBytes(contentKey, bodyHash);
}

function requirePlace({ header, mls, hashes }: ParsedRecord, epoch: number): void {
  const message = attempt('CLI-19', () => parsePrivateMessage(mls));
  const inChannel = equalBytes(message.groupId, utf8(header.channel));
  if (header.epoch !== epoch || message.epoch !== epoch || !inChannel) throw breach('CLI-12');
  if (!equalBytes(message.authenticatedData, hashes.headerHash)) throw breach('CLI-13');
}

function requireSignature(
  record: ParsedRecord,
  certificate: Uint8Array,
  input: AuthenticationInput,
): DeviceCertificate {
  const sender = requireSender(certificate, input);
  if (!verifyRecord(record.hashes, record.signature, sender.publicKey)) throw breach('CLI-15');
  return sender;
}

/**
 * Of a member. What was stored before its sender was revoked, or its CA replaced, is read by those who come later too, as far as the
 * hub's word on the time goes.
 */
function requireSender(certificate: Uint8Array, { trust, at, orderedAt }: AuthenticationInput): DeviceCertificate {
  // What is good now needs no look back, which takes its time.
  const now = trust.standing(certificate, at);
  const counting = countsAsSender(now) ? now : trust.standingsThen(certificate, orderedAt).find(countsAsSender);
  if (counting?.certificate === undefined) throw breach(now.fault?.check ?? 'CLI-30', now.fault?.message);
  return counting.certificate;
}

function countsAsSender({ certificate, fault }: DeviceStanding): boolean {
  return certificate !== undefined && fault?.kind !== 'revoked';
}

function requireRules(header: RecordHeader, { clearance }: DeviceCertificate, input: AuthenticationInput): void {
  const { profile, group } = input;
  const actor = { contactPoint: contactPointOf(header.sender), clearance };
  const fault = postingFault(header, { actor, profile, members: contactPointsOf(group) });
  if (fault !== undefined) throw breach(fault.check, `Sender: ${header.sender}. ${fault.message}`);
}

async function decrypt(record: ParsedRecord, { mls, group }: AuthenticationInput) {
  try {
    return await mls.decrypt(group, record.mls);
  } catch (cause) {
    throw asBreach('CLI-19', cause);
  }
}

function contentKeyFrom(plaintext: Uint8Array, { bodyHash }: RecordHashes): Uint8Array {
  if (plaintext.length !== 64) throw breach('CLI-19', 'It does not carry a content key.');
  if (!equalBytes(plaintext.subarray(32), bodyHash)) throw breach('CLI-20');
  return plaintext.slice(0, 32);
}

function bodyOf({ body, headerBytes }: ParsedRecord, contentKey: Uint8Array): RecordBody {
  const plaintext = attempt('CLI-20', () => openBody({ contentKey, body, header: headerBytes }));
  return attempt('CLI-21', () => decodeBody(plaintext));
}

function attempt<T>(check: 'CLI-19' | 'CLI-20' | 'CLI-21', step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw asBreach(check, cause);
  }
}
