import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  LIMITS,
  type ChannelId,
  type ContactPointId,
  type DeviceAddress,
  type HoldLift,
  type HoldOrder,
  type LegalHold,
  type RecordId,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { SIGNER_COLUMNS, signerOf, signerValues, type SignerRow } from '../custody/signed-act.js';
import { PG_POOL } from '../database/tokens.js';
import type { Transaction } from '../records/submission.js';

const HOLDS = `
  SELECT h.id, h.contact_point, h.channel, h.records, h.since, h.until, h.reason, h.authority, h.device, h.signed_at, h.signature,
    h.certificate, h.log_index::float8 AS index, p.entry, l.device AS lifter, l.signed_at AS lifted_at, l.reason AS lift_reason,
    l.signature AS lift_signature, l.certificate AS lift_certificate, l.log_index::float8 AS lift_index,
    q.entry AS lift_entry
  FROM legal_holds h JOIN log_entries p ON p.index = h.log_index
  LEFT JOIN hold_lifts l ON l.hold = h.id LEFT JOIN log_entries q ON q.index = l.log_index`;
const ONE = `${HOLDS} WHERE h.id = $1`;
const IN_FORCE = `${HOLDS} WHERE h.channel = $1 AND l.hold IS NULL AND ($2::text IS NULL OR h.contact_point = $2)`;
const COUNT_IN_FORCE = `
  SELECT count(*)::int AS count FROM legal_holds h LEFT JOIN hold_lifts l ON l.hold = h.id
  WHERE h.contact_point = $1 AND l.hold IS NULL`;
/** Of channels that the device could read, or of its contact point where it administers that. */
const READABLE = `${HOLDS}
  WHERE greatest(h.log_index, l.log_index) >= $2 AND ($4::uuid IS NULL OR h.channel = $4) AND (h.contact_point = $3
    OR EXISTS (SELECT FROM channel_memberships m WHERE m.device = $1 AND m.channel = h.channel))
  ORDER BY greatest(h.log_index, l.log_index) LIMIT ${LIMITS.openingsListed}`;
const ADD = `
  INSERT INTO legal_holds (id, contact_point, channel, records, since, until, reason, authority, ${SIGNER_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;
const ADD_LIFT = `INSERT INTO hold_lifts (hold, reason, ${SIGNER_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const WAS_IN = `
  SELECT FROM channel_memberships WHERE channel = $1 AND starts_with(device, $2) LIMIT 1`;

export interface StoredHold extends LegalHold {
  readonly contactPoint: ContactPointId;
}

/** Legal holds. Who may place and lift them is decided by the caller. */
@Injectable()
export class HoldStore {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  async find(id: string, database: Pick<Pool, 'query'> = this.pool): Promise<StoredHold | undefined> {
    const { rows } = await database.query<HoldRow>(ONE, [id]);
    return rows[0] && holdOf(rows[0]);
  }

  async inForce(
    channel: ChannelId,
    database: Pick<Pool, 'query'> = this.pool,
    contactPoint?: ContactPointId,
  ): Promise<StoredHold[]> {
    const { rows } = await database.query<HoldRow>(IN_FORCE, [channel, contactPoint ?? null]);
    return rows.map(holdOf);
  }

  async countInForce(contactPoint: ContactPointId, database: Pick<Pool, 'query'> = this.pool): Promise<number> {
    const { rows } = await database.query<{ count: number }>(COUNT_IN_FORCE, [contactPoint]);
    return rows[0]?.count ?? 0;
  }

  /** In the order of the log, from an index on, of one channel or of all. */
  async readable(
    { device, contactPoint, duties }: AuthenticatedDevice,
    { from, channel }: { readonly from: number; readonly channel?: ChannelId | undefined },
  ): Promise<LegalHold[]> {
    const administered = duties.includes('administrator') ? contactPoint : null;
    const { rows } = await this.pool.query<HoldRow>(READABLE, [device, from, administered, channel ?? null]);
    return rows.map(holdOf).map(({ contactPoint: _, ...hold }) => hold);
  }

  /** Whether a device of the contact point is or was in the channel. */
  async wasIn(contactPoint: ContactPointId, channel: ChannelId): Promise<boolean> {
    const { rowCount } = await this.pool.query(WAS_IN, [channel, `${contactPoint}:`]);
    return rowCount === 1;
  }

  async add(transaction: Transaction, caller: AuthenticatedDevice, hold: HoldOrder, index: number): Promise<void> {
    const { id, channel, records = null, since = null, until = null, reason, authority } = hold;
    const what = [id, caller.contactPoint, channel, records, since, until, reason, authority];
    await transaction.query(ADD, [...what, ...signerValues(caller, hold, index)]);
  }

  async addLift(transaction: Transaction, caller: AuthenticatedDevice, lift: HoldLift, index: number): Promise<void> {
    await transaction.query(ADD_LIFT, [lift.hold, lift.reason, ...signerValues(caller, lift, index)]);
  }
}

interface HoldRow extends SignerRow {
  readonly id: string;
  readonly contact_point: ContactPointId;
  readonly channel: ChannelId;
  readonly records: RecordId[] | null;
  readonly since: Date | null;
  readonly until: Date | null;
  readonly reason: string;
  readonly authority: string;
  readonly index: number;
  readonly entry: string;
  readonly lifter: DeviceAddress | null;
  readonly lifted_at: Date | null;
  readonly lift_reason: string | null;
  readonly lift_signature: Buffer | null;
  readonly lift_certificate: Buffer | null;
  readonly lift_index: number | null;
  readonly lift_entry: string | null;
}

function holdOf(row: HoldRow): StoredHold {
  const { id, contact_point: contactPoint, channel, records, since, until, reason, authority, index, entry } = row;
  const lift = liftOf(row);
  return {
    id,
    contactPoint,
    channel,
    ...(records && { records }),
    ...(since && { since: since.toISOString() }),
    ...(until && { until: until.toISOString() }),
    reason,
    authority,
    ...signerOf(row),
    index,
    entry,
    ...(lift && { lift }),
  };
}

function liftOf(row: HoldRow): LegalHold['lift'] {
  const { lifter, lifted_at, lift_reason: reason, lift_signature, lift_certificate, lift_index: index } = row;
  if (lifter === null || lifted_at === null || reason === null || lift_signature === null) return undefined;
  if (lift_certificate === null || index === null || row.lift_entry === null) return undefined;
  const signer = { device: lifter, signed_at: lifted_at, signature: lift_signature, certificate: lift_certificate };
  return { reason, ...signerOf(signer), index, entry: row.lift_entry };
}
