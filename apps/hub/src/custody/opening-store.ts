import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  LIMITS,
  type ChannelId,
  type ContactPointId,
  type CustodyOpening,
  type DeviceAddress,
  type LoggedOpening,
  type OpeningApproval,
  type OpeningRequest,
  type RecordId,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { wasGranted } from '../history/granted-places.js';
import type { Transaction } from '../records/submission.js';
import { encode } from '../records/wire-event.js';
import { SIGNER_COLUMNS, signerOf, signerValues, type SignerRow } from './signed-act.js';

const COLUMNS = `r.id, r.contact_point, r.channel, r.records, r.reason, r.authority, r.device, r.signed_at, r.signature, r.certificate,
  a.device AS second, a.signed_at AS second_at, a.signature AS second_signature, a.certificate AS second_certificate,
  o.at AS opened_at, o.log_index::float8 AS index`;
const OPENINGS = `
  SELECT ${COLUMNS} FROM custody_requests r
  LEFT JOIN custody_approvals a ON a.opening = r.id LEFT JOIN custody_openings o ON o.opening = r.id`;
/** Whoever had left the channel by then is not told why records of it were opened. */
const READABLE = `${OPENINGS}
  WHERE o.log_index >= $2 AND EXISTS (
    SELECT FROM channel_memberships m LEFT JOIN channel_events gone ON gone.channel = m.channel AND gone.seq = m.until_seq
    WHERE m.device = $1 AND m.channel = r.channel AND (m.until_seq IS NULL OR gone.log_index > o.log_index) AND EXISTS (
      SELECT FROM channel_events e WHERE e.channel = r.channel AND e.record_id = ANY (r.records)
        AND ((e.seq >= m.from_seq AND (m.until_seq IS NULL OR e.seq <= m.until_seq))
          OR ${wasGranted({ device: '$1', channel: 'e.channel', seq: 'e.seq' })})))
  ORDER BY o.log_index LIMIT ${LIMITS.openingsListed}`;
const OWN = `${OPENINGS} WHERE r.contact_point = $1 ORDER BY r.log_index DESC LIMIT ${LIMITS.openingsListed}`;
const ONE = `${OPENINGS} WHERE r.id = $1`;
const ENTRIES = 'SELECT index::float8 AS index, entry FROM log_entries WHERE index = ANY ($1::int8[])';
/** Of the log in one answer; an opening by itself may have fewer. */
const MOST_ENTRIES = 500;
const COUNTS = `
  SELECT count(*) FILTER (WHERE o.opening IS NULL AND r.signed_at >= $2)::int AS waiting,
    count(*) FILTER (WHERE r.signed_at >= $3)::int AS recent
  FROM custody_requests r LEFT JOIN custody_openings o ON o.opening = r.id WHERE r.contact_point = $1`;
const ADD_REQUEST = `
  INSERT INTO custody_requests (id, contact_point, channel, records, reason, authority, ${SIGNER_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const ADD_APPROVAL = `INSERT INTO custody_approvals (opening, ${SIGNER_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)`;
const DEPOSITED = `
  SELECT count(DISTINCT record_id)::int AS count FROM custody_deposits
  WHERE contact_point = $1 AND channel = $2 AND record_id = ANY ($3::uuid[])`;

/** Beside what members are shown: whose it is, and since when it may be collected. */
export interface StoredOpening {
  readonly contactPoint: ContactPointId;
  readonly openedAt?: Date;
  readonly opening: CustodyOpening;
}

/** Requests to open deposits. Who may ask what is decided by the caller. */
@Injectable()
export class OpeningStore {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  async find(id: string, database: Pick<Pool, 'query'> = this.pool): Promise<StoredOpening | undefined> {
    const { rows } = await database.query<OpeningRow>(ONE, [id]);
    return rows[0] && storedOpening(rows[0]);
  }

  /** Of records that the device could read, from an index of the log on: as many as have few enough entries for one answer. */
  async readable(device: DeviceAddress, from: number): Promise<LoggedOpening[]> {
    const { rows } = await this.pool.query<OpeningRow>(READABLE, [device, from]);
    const openings = withinOnePage(rows.map((row) => storedOpening(row).opening));
    const { rows: entries } = await this.pool.query<{ index: number; entry: string }>(ENTRIES, [
      openings.flatMap(placesOf),
    ]);
    const textAt = new Map(entries.map(({ index, entry }) => [index, entry]));
    return openings.map((opening) => ({
      ...opening,
      entries: placesOf(opening).flatMap((place) => textAt.get(place) ?? []),
    }));
  }

  /** Newest first. */
  async own(contactPoint: ContactPointId): Promise<CustodyOpening[]> {
    const { rows } = await this.pool.query<OpeningRow>(OWN, [contactPoint]);
    return rows.map((row) => storedOpening(row).opening);
  }

  /** Requests that wait since then, and requests since another time, by the clocks of who signed. */
  async counts(
    contactPoint: ContactPointId,
    since: { readonly waiting: number; readonly recent: number },
    database: Pick<Pool, 'query'>,
  ): Promise<{ readonly waiting: number; readonly recent: number }> {
    const times = [new Date(since.waiting), new Date(since.recent)];
    const { rows } = await database.query<{ waiting: number; recent: number }>(COUNTS, [contactPoint, ...times]);
    return rows[0] ?? { waiting: 0, recent: 0 };
  }

  /** Whether the contact point has deposits of all of them. */
  async areDeposited(contactPoint: ContactPointId, channel: ChannelId, records: readonly RecordId[]): Promise<boolean> {
    const { rows } = await this.pool.query<{ count: number }>(DEPOSITED, [contactPoint, channel, records]);
    return rows[0]?.count === records.length;
  }

  async addRequest(
    transaction: Transaction,
    caller: AuthenticatedDevice,
    request: OpeningRequest,
    index: number,
  ): Promise<void> {
    const { id, channel, records, reason, authority } = request;
    const signer = signerValues(caller, request, index);
    const values = [id, caller.contactPoint, channel, records, reason, authority, ...signer];
    await transaction.query(ADD_REQUEST, values);
  }

  async addApproval(
    transaction: Transaction,
    caller: AuthenticatedDevice,
    approval: OpeningApproval,
    index: number,
  ): Promise<void> {
    await transaction.query(ADD_APPROVAL, [approval.opening, ...signerValues(caller, approval, index)]);
  }

  async addOpening(transaction: Transaction, opening: string, at: string, index: number): Promise<void> {
    const add = 'INSERT INTO custody_openings (opening, at, log_index) VALUES ($1, $2, $3)';
    await transaction.query(add, [opening, at, index]);
  }
}

function withinOnePage(openings: readonly CustodyOpening[]): CustodyOpening[] {
  let entries = 0;
  return openings.filter(({ records }, place) => {
    entries += records.length;
    return place === 0 || entries <= MOST_ENTRIES;
  });
}

/** Each record's entry, one after the other. */
function placesOf({ index, records }: CustodyOpening): number[] {
  return index === undefined ? [] : records.map((_, offset) => index + offset);
}

interface OpeningRow extends SignerRow {
  readonly id: string;
  readonly contact_point: ContactPointId;
  readonly channel: ChannelId;
  readonly records: RecordId[];
  readonly reason: string;
  readonly authority: string;
  readonly second: DeviceAddress | null;
  readonly second_at: Date | null;
  readonly second_signature: Buffer | null;
  readonly second_certificate: Buffer | null;
  readonly opened_at: Date | null;
  readonly index: number | null;
}

function storedOpening(row: OpeningRow): StoredOpening {
  const { id, channel, records, reason, authority, index } = row;
  const approval = approvalOf(row);
  const request = { id, channel, records, reason, authority, ...signerOf(row) };
  return {
    contactPoint: row.contact_point,
    ...(row.opened_at && { openedAt: row.opened_at }),
    opening: { ...request, ...(approval && { approval }), ...(index !== null && { index }) },
  };
}

function approvalOf(row: OpeningRow): CustodyOpening['approval'] {
  const { second: device, second_at, second_signature, second_certificate } = row;
  if (device === null || second_at === null || second_signature === null || second_certificate === null)
    return undefined;
  const signer = { device, signed_at: second_at, signature: second_signature, certificate: second_certificate };
  return { ...signerOf(signer), request: encode(row.signature) };
}
