import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { officerOf, type DeviceAddress, type OfficerAddress } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';

/** SQL: whether the officer whom the expression gives is locked. */
export function isLocked(officer: string): string {
  return `EXISTS (SELECT FROM officer_locks l WHERE l.officer = ${officer}
    AND NOT EXISTS (SELECT FROM officer_unlocks u WHERE u.lock = l.id AND u.completes))`;
}

/** Whose devices are shut out now. */
@Injectable()
export class OpenLocks {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  async among(devices: readonly DeviceAddress[]): Promise<ReadonlySet<OfficerAddress>> {
    const { rows } = await this.pool.query<{ officer: OfficerAddress }>(
      `SELECT officer FROM unnest($1::text[]) AS asked (officer) WHERE ${isLocked('asked.officer')}`,
      [[...new Set(devices.map(officerOf))]],
    );
    return new Set(rows.map(({ officer }) => officer));
  }
}
