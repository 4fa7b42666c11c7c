import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  LIMITS,
  officerOf,
  timestampOf,
  type Clock,
  type DeviceAddress,
  type OfficerAddress,
  type SecondFactorCredential,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { FreshProofs } from '../identity/fresh-proofs.js';
import { waitForOfficer } from '../identity/officer-turn.js';
import { SessionEnding } from '../identity/session-ending.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

export interface StoredCredential extends SecondFactorCredential {
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
}

export const NAME_REGISTERING_DEVICE = `
  INSERT INTO registration_allowances (officer, device, until) VALUES ($1, $2, $3)
  ON CONFLICT (officer) DO UPDATE SET device = excluded.device, until = excluded.until`;

/** Security keys and passkeys, by officer: they serve all devices of theirs. */
@Injectable()
export class Credentials {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly fresh: FreshProofs,
    private readonly ending: SessionEnding,
    private readonly appender: LogAppender,
  ) {}

  async of(officer: OfficerAddress, database: Pick<Pool, 'query'> = this.pool): Promise<StoredCredential[]> {
    const { rows } = await database.query<Row>(
      `SELECT id, device, public_key, counter::float8 AS counter, created_at, last_used_at
       FROM webauthn_credentials WHERE officer = $1 ORDER BY created_at, id`,
      [officer],
    );
    return rows.map((row) => ({
      id: row.id,
      device: row.device,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at.toISOString(),
      publicKey: new Uint8Array(row.public_key),
      counter: row.counter,
    }));
  }

  /** Part of a transaction in which it is the officer's turn. @returns what is to be logged; undefined where the id is taken. */
  async add(
    transaction: PoolClient,
    device: DeviceAddress,
    { id, publicKey, counter }: Pick<StoredCredential, 'id' | 'publicKey' | 'counter'>,
  ): Promise<LogAct[] | undefined> {
    const at = timestampOf(this.clock);
    const { rowCount } = await transaction.query(
      `INSERT INTO webauthn_credentials (id, officer, device, public_key, counter, created_at, last_used_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING`,
      [id, officerOf(device), device, Buffer.from(publicKey), counter, at],
    );
    if (rowCount !== 1) return undefined;
    // From now on the officer registers a first one again only where an administrator allows it.
    await transaction.query(NAME_REGISTERING_DEVICE, [officerOf(device), device, at]);
    return [{ type: 'second-factor.registered', at, actor: device, subject: { device }, details: detailsOf(id) }];
  }

  /** Part of a transaction. @returns false where another use was faster: the counter only rises. */
  async used(transaction: PoolClient, { id, counter }: StoredCredential, newCounter: number): Promise<boolean> {
    const { rowCount } = await transaction.query(
      'UPDATE webauthn_credentials SET counter = $2, last_used_at = $3 WHERE id = $1 AND counter = $4',
      [id, newCounter, timestampOf(this.clock), counter],
    );
    return rowCount === 1;
  }

  /**
   * One of the device's own officer; another is as absent. Which proofs were made with it is not known: none of the officer's goes on.
   * @throws LiaisonError `second-factor-needed` (SFA-10).
   */
  async remove(caller: AuthenticatedDevice, id: string): Promise<void> {
    const { device } = caller;
    const ended = await inTransaction(this.pool, async (client) => {
      await waitForOfficer(client, officerOf(device));
      const { rowCount } = await client.query('DELETE FROM webauthn_credentials WHERE id = $1 AND officer = $2', [
        id,
        officerOf(device),
      ]);
      if (rowCount === 0) return undefined;
      await this.fresh.require(device, client);
      const sessions = await this.ending.all(client, caller, officerOf(device));
      const at = timestampOf(this.clock);
      await this.appender.append(client, [
        { type: 'second-factor.removed', at, actor: device, subject: { device }, details: detailsOf(id) },
      ]);
      return sessions;
    });
    if (ended === undefined) return;
    this.appender.committed();
    this.ending.committed(ended);
  }
}

export function isFull(credentials: readonly StoredCredential[]): boolean {
  return credentials.length >= LIMITS.credentialsPerOfficer;
}

/** Enough to tell them apart. */
function detailsOf(id: string): { credential: string } {
  return { credential: id.slice(0, 16) };
}

interface Row {
  readonly id: string;
  readonly device: DeviceAddress;
  readonly public_key: Buffer;
  readonly counter: number;
  readonly created_at: Date;
  readonly last_used_at: Date;
}
