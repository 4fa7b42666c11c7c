import type { Pool } from 'pg';
import type { ChannelId, DeviceAddress } from '#liaison/protocol';

/** SQL: whether the device was granted the place. @param parts expressions of the statement that it stands in. */
export function wasGranted(parts: { readonly device: string; readonly channel: string; readonly seq: string }): string {
  const { device, channel, seq } = parts;
  return `EXISTS (SELECT FROM granted_records gr WHERE gr.device = ${device} AND gr.channel = ${channel} AND gr.seq = ${seq})`;
}

/** Runs of places without a gap: a whole past is few of them. */
const STRETCHES = `
  SELECT channel, min(seq)::float8 AS "from", max(seq)::float8 AS until FROM (
    SELECT channel, seq, seq - row_number() OVER (PARTITION BY channel ORDER BY seq) AS run
    FROM (SELECT DISTINCT channel, seq FROM granted_records WHERE device = $1) places
  ) numbered GROUP BY channel, run ORDER BY channel, "from"`;

/** What a device was granted, as stretches of channels, both ends included. */
export async function grantedStretches(
  pool: Pool,
  device: DeviceAddress,
): Promise<{ readonly channel: ChannelId; readonly from: number; readonly until: number }[]> {
  const { rows } = await pool.query<{ channel: ChannelId; from: number; until: number }>(STRETCHES, [device]);
  return rows;
}

const PLACES = `
  SELECT DISTINCT seq::float8 AS seq FROM granted_records WHERE device = $1 AND channel = $2 AND seq = ANY ($3::int8[])`;

/** Those of these places that the device was granted. */
export async function grantedAmong(
  pool: Pool,
  device: DeviceAddress,
  channel: ChannelId,
  places: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await pool.query<{ seq: number }>(PLACES, [device, channel, places]);
  return new Set(rows.map(({ seq }) => seq));
}
