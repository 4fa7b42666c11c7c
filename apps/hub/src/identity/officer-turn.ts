import type { PoolClient } from 'pg';
import type { OfficerAddress } from '#liaison/protocol';

/**
 * What changes who of an officer may come in comes one after the other, until the transaction ends: locks, keys, proofs, allowances.
 * Waited for before a row of theirs is held or read: what is read after it is true until the transaction ends.
 */
export async function waitForOfficer(client: PoolClient, officer: OfficerAddress): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('officer ' || $1, 0))", [officer]);
}
