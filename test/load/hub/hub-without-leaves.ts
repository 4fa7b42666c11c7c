import pg from 'pg';
import { LiaisonError } from '#liaison/protocol';
import { nodeTreeHashing } from '#liaison/tlog.node';
import {
  APPEND_NEW_RECORDS,
  movedChannels,
  newRecordParameters,
  type NewRecordsRow,
} from '../../../apps/hub/src/records/append-new-records.js';
import { inOrder } from '../../../apps/hub/src/records/append-statement.js';
import { PostgresLedger } from '../../../apps/hub/src/records/postgres-ledger.js';

/**
 * For measuring only: the hub, but for the entry in the log that each record is stored with. No hub is ever run like this. What
 * founds and joins channels is logged as always.
 */
const WITHOUT_LEAVES = APPEND_NEW_RECORDS.replace(
  /grown AS MATERIALIZED \([\s\S]*?\n\)/,
  'grown AS MATERIALIZED (SELECT 0::int8 AS first)',
).replace(/, logged AS \([\s\S]*?\n\)/, '');
if (WITHOUT_LEAVES.includes('log_entries') || WITHOUT_LEAVES.includes('log_head'))
  throw new LiaisonError('internal', 'The statement has another form by now.');

// No entry, no hash of it. Of what is logged as always the hashes are wrong then, and nobody looks at them.
Object.assign(nodeTreeHashing, { putLeafHash: () => undefined });
const pool = new pg.Pool({ connectionString: process.env['LIAISON_DATABASE_URL'], max: 2 });

PostgresLedger.prototype.append = async (plan) => {
  const channels = inOrder(plan);
  const events = channels.flatMap((channel) => channel.events);
  const leaves = events.map(({ submission, place }) => ({ submission, place, text: '' }));
  const values = newRecordParameters(channels, leaves, plan.at);
  const { rows } = await pool.query<NewRecordsRow>({ name: 'append', text: WITHOUT_LEAVES, values });
  const [row] = rows;
  return { moved: row === undefined ? new Map() : movedChannels(channels, row), taken: [] };
};

await import('../../../apps/hub/src/main.js');
