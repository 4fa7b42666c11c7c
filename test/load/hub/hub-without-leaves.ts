import pg from 'pg';
import { LiaisonError, type ChannelId } from '#liaison/protocol';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { APPEND_STATEMENT, appendParameters } from '../../../apps/hub/src/records/append-statement.js';
import { PostgresLedger } from '../../../apps/hub/src/records/postgres-ledger.js';

/**
 * For measuring only: the hub, but for the entry in the log that each record is stored with. No hub is ever run like this. What
 * founds and joins channels is logged as always.
 */
const WITHOUT_LEAVES = APPEND_STATEMENT.replace(
  /grown AS MATERIALIZED \([\s\S]*?\), logged AS \([\s\S]*?\n\)/,
  'grown AS MATERIALIZED (SELECT 0::int8 AS first)',
);
if (WITHOUT_LEAVES === APPEND_STATEMENT) throw new LiaisonError('internal', 'The statement has another form by now.');

// No entry, no hash of it. Of what is logged as always the hashes are wrong then, and nobody looks at them.
Object.assign(nodeTreeHashing, { putLeafHash: () => undefined });
const pool = new pg.Pool({ connectionString: process.env['LIAISON_DATABASE_URL'], max: 2 });

PostgresLedger.prototype.append = async (plan) => {
  const values = appendParameters(plan, (events) =>
    events.map(({ submission, place }) => ({ submission, place, text: '' })),
  );
  const { rows } = await pool.query<{ moved: ChannelId | null }>({ name: 'append', text: WITHOUT_LEAVES, values });
  return { moved: new Map(rows.flatMap(({ moved }) => (moved === null ? [] : [[moved, 0]]))), taken: [] };
};

await import('../../../apps/hub/src/main.js');
