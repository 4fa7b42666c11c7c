import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  type AuthorityRelease,
  LIMITS,
  officerOf,
  type ContactPointId,
  type DeviceAddress,
  type LockOrder,
  type LockQuery,
  type LockRelease,
  type OfficerAddress,
  type OfficerLock,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { SIGNER_COLUMNS, signatureOf, signerOf, signerValues, type SignerRow } from '../custody/signed-act.js';
import { PG_POOL } from '../database/tokens.js';

export interface StoredLock extends OfficerLock {
  readonly contactPoint: ContactPointId;
}

const COLUMNS =
  'id, officer, contact_point, reason, device, signed_at, signature, certificate, log_index::float8 AS index';

const IN_FORCE = 'NOT EXISTS (SELECT FROM officer_unlocks u WHERE u.lock = id AND u.completes)';

/** Locks and what ended them. Who may is decided by the caller. */
@Injectable()
export class LockStore {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  async find(id: string, database: Pick<Pool, 'query'> = this.pool): Promise<StoredLock | undefined> {
    const { rows } = await database.query<LockRow>(`SELECT ${COLUMNS} FROM officer_locks WHERE id = $1`, [id]);
    return (await this.withReleases(rows, database))[0];
  }

  /** The lock that is in force. */
  async open(officer: OfficerAddress, database: Pick<Pool, 'query'>): Promise<StoredLock | undefined> {
    const { rows } = await database.query<LockRow>(
      `SELECT ${COLUMNS} FROM officer_locks WHERE officer = $1 AND ${IN_FORCE}`,
      [officer],
    );
    return (await this.withReleases(rows, database))[0];
  }

  /** Of the contact point for its administrators, else the caller's own; those in force first, the newest first. */
  async list(
    { device, contactPoint, duties }: AuthenticatedDevice,
    { officer, which }: LockQuery,
  ): Promise<StoredLock[]> {
    const { rows } = await this.pool.query<LockRow>(
      `SELECT ${COLUMNS} FROM officer_locks WHERE contact_point = $1 AND ($2::boolean OR officer = $3)
       AND ($4::text IS NULL OR officer = $4) AND ($5 OR ${IN_FORCE})
       ORDER BY ${IN_FORCE} DESC, log_index DESC LIMIT ${LIMITS.locksListed}`,
      [contactPoint, duties.includes('administrator'), officerOf(device), officer, which === 'all'],
    );
    return this.withReleases(rows, this.pool);
  }

  /** The devices of an officer that have signed in. Their rows are held, so that a sign-in comes before or after. */
  async devicesOf(client: PoolClient, officer: OfficerAddress): Promise<DeviceAddress[]> {
    const { rows } = await client.query<{ device: DeviceAddress }>(
      'SELECT device FROM devices WHERE starts_with(device, $1) ORDER BY device FOR UPDATE',
      [`${officer}:`],
    );
    return rows.map(({ device }) => device);
  }

  async add(client: PoolClient, caller: AuthenticatedDevice, order: LockOrder, index: number): Promise<void> {
    const { id, officer, reason } = order;
    await client.query(
      `INSERT INTO officer_locks (id, officer, contact_point, reason, ${SIGNER_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, officer, caller.contactPoint, reason, ...signerValues(caller, order, index)],
    );
  }

  async addRelease(
    client: PoolClient,
    caller: AuthenticatedDevice,
    release: LockRelease,
    { index, completes }: { readonly index: number; readonly completes: boolean },
  ): Promise<void> {
    await client.query(
      `INSERT INTO officer_unlocks (lock, officer, reason, completes, ${SIGNER_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [release.lock, officerOf(caller.device), release.reason, completes, ...signerValues(caller, release, index)],
    );
  }

  async addAuthorityRelease(client: PoolClient, lock: string, release: AuthorityRelease, index: number): Promise<void> {
    const { reason, at, signature } = release;
    await client.query(
      `INSERT INTO officer_unlocks (lock, reason, completes, signed_at, signature, log_index) VALUES ($1, $2, true, $3, $4, $5)`,
      [lock, reason, at, Buffer.from(signature, 'base64url'), index],
    );
  }

  /** The lock that this signature of a CA has ended. */
  async endedBy(client: PoolClient, { signature }: AuthorityRelease): Promise<StoredLock | undefined> {
    const { rows } = await client.query<LockRow>(
      `SELECT ${COLUMNS} FROM officer_locks WHERE id = (SELECT lock FROM officer_unlocks WHERE signature = $1 AND device IS NULL)`,
      [Buffer.from(signature, 'base64url')],
    );
    return (await this.withReleases(rows, client))[0];
  }

  private async withReleases(locks: readonly LockRow[], database: Pick<Pool, 'query'>): Promise<StoredLock[]> {
    if (locks.length === 0) return [];
    const { rows } = await database.query<ReleaseRow>(
      `SELECT lock, reason, completes, device, signed_at, signature, certificate, log_index::float8 AS index
       FROM officer_unlocks WHERE lock = ANY($1::uuid[]) ORDER BY log_index`,
      [locks.map(({ id }) => id)],
    );
    return locks.map((lock) => {
      const ofLock = rows.filter((row) => row.lock === lock.id).slice(-LIMITS.releasesPerLock);
      const { id, officer, contact_point: contactPoint, reason, index } = lock;
      const releases = ofLock.filter(isOfDevice).map((row) => ({ ...saidIn(row), ...signerOf(row) }));
      const isOver = ofLock.some(({ completes }) => completes);
      const authority = ofLock.find((row) => !isOfDevice(row));
      const byAuthority = authority && { ...saidIn(authority), ...signatureOf(authority) };
      const said = { id, officer, contactPoint, reason, index, ...signerOf(lock) };
      return { ...said, releases, ...(byAuthority && { byAuthority }), isOver };
    });
  }
}

interface LockRow extends SignerRow {
  readonly id: string;
  readonly officer: OfficerAddress;
  readonly contact_point: ContactPointId;
  readonly reason: string;
  readonly index: number;
}

interface ReleaseRow extends Omit<SignerRow, 'device' | 'certificate'> {
  readonly lock: string;
  readonly reason: string;
  readonly completes: boolean;
  readonly index: number;
  /** None of these where the CA signed. */
  readonly device: SignerRow['device'] | null;
  readonly certificate: SignerRow['certificate'] | null;
}

function isOfDevice(row: ReleaseRow): row is ReleaseRow & SignerRow {
  return row.device !== null && row.certificate !== null;
}

function saidIn({ reason, index }: ReleaseRow) {
  return { reason, index };
}
