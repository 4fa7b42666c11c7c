import type { PoolClient } from 'pg';

const MOST_FAULTS = 100;

/** A hold is in force from its entry to that of its lift: what was erased between, the hub had to keep. */
const HELD_ERASURES = `
  SELECT DISTINCT x.channel, x.seq::float8 AS seq FROM record_erasures x
  JOIN channel_events e ON e.channel = x.channel AND e.seq = x.seq
  JOIN legal_holds h ON h.channel = x.channel AND h.log_index < x.log_index
  LEFT JOIN hold_lifts l ON l.hold = h.id
  WHERE (l.hold IS NULL OR l.log_index > x.log_index) AND (h.records IS NULL OR x.record_id = ANY (h.records))
    AND (h.since IS NULL OR e.at >= h.since) AND (h.until IS NULL OR e.at <= h.until)
  ORDER BY 1, 2 LIMIT ${MOST_FAULTS}`;

/** In the canonical text of an entry: no text in quotes can hold these quotes. */
const typed = (type: string) => `position('"type":"${type}"' IN l.entry) > 0`;

/** Each act of custody has its entry, and each entry its act. `named` picks the row's own id out of the entry. */
function unmatched(type: string, rows: string, named: string): string {
  return `
    SELECT count(*)::float8 AS value FROM (SELECT l.index, l.entry::jsonb AS entry FROM log_entries l WHERE ${typed(type)}) l
    FULL JOIN (${rows}) r ON r.log_index = l.index
    WHERE l.index IS NULL OR r.log_index IS NULL OR ${named} IS DISTINCT FROM r.name OR l.entry ->> 'actor' IS DISTINCT FROM r.device`;
}

const ACTS = [
  {
    what: 'legal holds',
    statement: unmatched(
      'hold.placed',
      'SELECT log_index, id::text AS name, device FROM legal_holds',
      "l.entry #>> '{details,hold}'",
    ),
  },
  {
    what: 'lifts of legal holds',
    statement: unmatched(
      'hold.lifted',
      'SELECT log_index, hold::text AS name, device FROM hold_lifts',
      "l.entry #>> '{details,hold}'",
    ),
  },
  {
    what: 'deposits in custody',
    statement: unmatched(
      'custody.deposited',
      'SELECT log_index, record_id::text AS name, device FROM custody_deposits',
      "l.entry #>> '{subject,record}'",
    ),
  },
  {
    what: 'requests to open records from custody',
    statement: unmatched(
      'custody.requested',
      'SELECT log_index, id::text AS name, device FROM custody_requests',
      "l.entry #>> '{details,opening}'",
    ),
  },
  {
    what: 'agreements to open records from custody',
    statement: unmatched(
      'custody.approved',
      'SELECT log_index, opening::text AS name, device FROM custody_approvals',
      "l.entry #>> '{details,opening}'",
    ),
  },
  {
    what: 'records opened from custody',
    statement: unmatched(
      'custody.opened',
      `SELECT o.log_index + asked.place - 1 AS log_index, r.id::text || ' ' || asked.record::text AS name,
         coalesce(a.device, r.device) AS device
       FROM custody_openings o JOIN custody_requests r ON r.id = o.opening
       LEFT JOIN custody_approvals a ON a.opening = r.id
       CROSS JOIN LATERAL unnest(r.records) WITH ORDINALITY AS asked (record, place)`,
      "(l.entry #>> '{details,opening}') || ' ' || (l.entry #>> '{subject,record}')",
    ),
  },
  {
    what: 'grants of the past',
    statement: unmatched(
      'record.granted',
      `SELECT log_index, device || ' ' || channel::text || ' ' || record_id::text AS name, granted_by AS device FROM granted_records`,
      "(l.entry #>> '{recipients,0}') || ' ' || (l.entry #>> '{subject,channel}') || ' ' || (l.entry #>> '{subject,record}')",
    ),
  },
];

/** Deposits, openings, grants of the past and holds against the log, both ways, and erasures against holds. @returns faults in plain words. */
export async function checkCustody(client: PoolClient): Promise<string[]> {
  const faults: string[] = [];
  for (const { what, statement } of ACTS) {
    const { rows } = await client.query<{ value: number }>(statement);
    const count = rows[0]?.value ?? 0;
    if (count > 0) faults.push(`${count} ${what} that the log shows are not there, or stand otherwise.`);
  }
  const { rows } = await client.query<{ channel: string; seq: number }>(HELD_ERASURES);
  for (const { channel, seq } of rows)
    faults.push(`Event ${seq} of channel ${channel} was erased while a legal hold was in force.`);
  return faults;
}
