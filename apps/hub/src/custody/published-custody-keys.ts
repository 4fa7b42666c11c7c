import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { keyIdOf } from '#liaison/crypto';
import { fromBase64url, type ContactPointId } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { RosterService } from '../roster/roster.service.js';

const NAMED = `
  SELECT DISTINCT point ->> 'custodyKey' AS key FROM rosters r
  CROSS JOIN LATERAL jsonb_array_elements(r.roster::jsonb -> 'contactPoints') AS point
  WHERE point ->> 'id' = $1 AND point ? 'custodyKey'`;

/** Custody keys that a version of the roster named for a contact point: what a device sealed before a new one came still counts. */
@Injectable()
export class PublishedCustodyKeys {
  private known: { readonly version: number; readonly keyIds: Map<ContactPointId, ReadonlySet<string>> } | undefined;

  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly rosters: RosterService,
  ) {}

  /** Read once for each version of the roster. */
  async keyIdsOf(contactPoint: ContactPointId): Promise<ReadonlySet<string>> {
    const { version } = this.rosters.required().roster;
    if (this.known?.version !== version) this.known = { version, keyIds: new Map() };
    const { keyIds } = this.known;
    const cached = keyIds.get(contactPoint);
    if (cached !== undefined) return cached;
    const { rows } = await this.pool.query<{ key: string }>(NAMED, [contactPoint]);
    const named = new Set(rows.map(({ key }) => keyIdOf(fromBase64url(key))));
    keyIds.set(contactPoint, named);
    return named;
  }
}
