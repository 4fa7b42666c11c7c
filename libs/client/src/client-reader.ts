import { type GroupState, members, ownLeafIndex } from '#liaison/mls-session';
import { parseDeviceCertificate } from '#liaison/crypto';
import { type ChannelId, contactPointOf, type ContactPointId, LiaisonError, type RecordId } from '#liaison/protocol';
import type { Alarm, SettledAlarm } from './alarm.js';
import { openAlarms, settledAlarms } from './alarms.js';
import type { ChannelBook } from './channel-book.js';
import type { ChannelState } from './channel-state.js';
import { compromiseOf } from './compromise.js';
import type { Device } from './device.js';
import { KEYS } from './keys.js';
import { saidSince } from './marks/mark-views.js';
import { itemView, type StoredItem } from './outbox-item.js';
import type { StoredRecord } from './record-reader.js';
import { jsonOf, type Transaction } from './transaction.js';
import type { Trust } from './trust.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { ChannelView, MemberFlag, MemberView, OutboxItem, ReadAcknowledgement, RecordView } from './views.js';

function channelView(state: ChannelState): ChannelView {
  const {
    id,
    title,
    legalBasis,
    caseNumber,
    profile,
    epoch,
    seq,
    membership,
    standing,
    ledBack,
    historyConfirmed,
    epochAuthenticator,
    archived,
    leaving,
    left,
  } = state;
  return {
    id,
    ...(title === undefined ? {} : { title }),
    ...(legalBasis === undefined ? {} : { legalBasis }),
    ...(caseNumber === undefined ? {} : { caseNumber }),
    profile,
    epoch,
    seq,
    membership,
    standing,
    historyConfirmed,
    epochAuthenticator,
    ...(ledBack === undefined ? {} : { ledBack }),
    ...(archived === undefined ? {} : { archived }),
    ...(leaving === undefined ? {} : { leaving }),
    ...(left === undefined ? {} : { left }),
  };
}

/** Members by this device's own group state, never by the hub's word. */
export function memberViews(group: GroupState, state: ChannelState, trust: Trust, at: number): MemberView[] {
  return members(group).map(({ leafIndex, certificate }) => {
    const { certificate: believed, fault } = trust.standing(certificate, at);
    const { device, clearance, duties, notAfter } = believed ?? parseDeviceCertificate(certificate);
    const contactPoint = contactPointOf(device);
    return {
      leafIndex,
      device,
      contactPoint,
      clearance,
      duties,
      roles: state.profile.roles[contactPoint] ?? [],
      flags: [...(FLAGS[fault?.kind ?? 'none'] ?? []), ...listFlags(trust, contactPoint, at)],
      certificateNotAfter: new Date(notAfter).toISOString(),
      self: leafIndex === ownLeafIndex(group),
    };
  });
}

const FLAGS: Readonly<Record<string, readonly MemberFlag[]>> = {
  expired: ['expired'],
  revoked: ['revoked'],
  inactive: ['contact-point-inactive'],
  untrusted: ['not-certified'],
};

function listFlags(trust: Trust, contactPoint: ContactPointId, at: number): readonly MemberFlag[] {
  return trust.freshnessFault(contactPoint, at) === undefined ? [] : ['revocation-list-overdue'];
}

/** Reads from a device's store. */
export class ClientReader {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
  ) {}

  channels(): Promise<ChannelView[]> {
    return this.device.transact(async (transaction) => (await this.book.states(transaction)).map(channelView));
  }

  channel(id: ChannelId): Promise<ChannelView> {
    return this.device.transact(async (transaction) => channelView((await this.book.open(transaction, id)).state));
  }

  records(id: ChannelId, range: { readonly afterSeq?: number; readonly limit?: number } = {}): Promise<RecordView[]> {
    return this.device.transact(async (transaction) => {
      const after = range.afterSeq === undefined ? {} : { after: KEYS.record(id, range.afterSeq) };
      const limit = range.limit === undefined ? {} : { limit: range.limit };
      const entries = await transaction.stored(KEYS.records(id), { ...after, ...limit });
      const trust = await this.trust.current(transaction);
      const at = this.device.clock.now();
      return Promise.all(entries.map(({ value }) => recordView(transaction, jsonOf(value) as StoredRecord, trust, at)));
    });
  }

  /** @throws LiaisonError `not-found`. */
  read(channel: ChannelId, record: RecordId): Promise<RecordView> {
    return this.device.transact(async (transaction) => {
      const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
      const stored = place && (await transaction.getJson<StoredRecord>(KEYS.record(channel, place.seq)));
      if (stored === undefined)
        throw new LiaisonError('not-found', 'This device holds no such record. Synchronise first.');
      return recordView(transaction, stored, await this.trust.current(transaction), this.device.clock.now());
    });
  }

  outbox(): Promise<OutboxItem[]> {
    return this.device.transact(async (transaction) => {
      const open = await transaction.stored(KEYS.openItems);
      const done = await transaction.stored(KEYS.doneItems);
      const items = [...done, ...open].map(({ value }) => itemView(jsonOf(value) as StoredItem));
      return items.sort((a, b) => (a.id < b.id ? -1 : 1));
    });
  }

  unsent(): Promise<number> {
    return this.device.transact(async (transaction) => {
      const open = await transaction.stored(KEYS.openItems);
      return open.filter(({ value }) => (jsonOf(value) as StoredItem).state !== 'stored').length;
    });
  }

  item(record: RecordId): Promise<OutboxItem> {
    return this.device.transact(async (transaction) => {
      const item =
        (await transaction.getJson<StoredItem>(KEYS.openItem(record))) ??
        (await transaction.getJson<StoredItem>(KEYS.doneItem(record)));
      if (item === undefined) throw new LiaisonError('not-found', 'The outbox holds no such record.');
      return itemView(item);
    });
  }

  alarms(channel?: ChannelId): Promise<Alarm[]> {
    return this.device.transact((transaction) => openAlarms(transaction, channel));
  }

  settledAlarms(): Promise<SettledAlarm[]> {
    return this.device.transact(settledAlarms);
  }
}

async function recordView(
  transaction: Transaction,
  stored: StoredRecord,
  trust: Trust,
  at: number,
): Promise<RecordView> {
  if (stored.outcome === 'failed') return stored;
  const { channel, header, seq } = stored.record;
  if (stored.warning !== undefined)
    return { outcome: 'failed', seq, header, card: stored.warning, disputed: stored.record };
  const entries = await transaction.stored(KEYS.acknowledgements(channel, header.id));
  const acknowledgements = entries.map(({ value }) => jsonOf(value) as ReadAcknowledgement);
  const marks = await saidSince(transaction, { channel, record: header.id }, at);
  const { sender, storedAt } = stored.record;
  const compromised = compromiseOf({ sender, storedAt, ...(stored.serial && { serial: stored.serial }) }, trust);
  const found = { ...(marks && { marks }), ...(compromised && { compromised }) };
  return { outcome: 'opened', record: stored.record, acknowledgements, ...found };
}
