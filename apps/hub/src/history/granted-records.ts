import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LIMITS, type ChannelEvent, type ChannelId, type DeviceAddress, type GrantedRecord } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { RecordReader } from '../records/record-reader.js';
import { encode } from '../records/wire-event.js';

const PAGE = `
  SELECT g.seq::float8 AS seq, g.granted_by AS by, g.granted_at AS at, g.purpose, g.signature, g.log_index::float8 AS "grantIndex",
    e.log_index::float8 AS index, l.entry
  FROM granted_records g
  JOIN channel_events e ON e.channel = g.channel AND e.seq = g.seq
  JOIN log_entries l ON l.index = e.log_index
  WHERE g.device = $1 AND g.channel = $2 AND g.granted_by = $3 AND g.seq > $4 ORDER BY g.seq LIMIT $5`;

interface GrantRow {
  readonly seq: number;
  readonly by: DeviceAddress;
  readonly at: Date;
  readonly purpose: string;
  readonly signature: Buffer;
  readonly grantIndex: number;
  readonly index: number;
  readonly entry: string;
}

/** What a device was granted, sealed as it is stored. */
@Injectable()
export class GrantedRecords {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly reader: RecordReader,
  ) {}

  /** In the order of the channel, as many as the limits allow. */
  async page(
    device: DeviceAddress,
    channel: ChannelId,
    { by, after, limit }: { readonly by: DeviceAddress; readonly after: number; readonly limit: number },
  ): Promise<{ granted: GrantedRecord[]; more: boolean }> {
    const { rows } = await this.pool.query<GrantRow>(PAGE, [device, channel, by, after, limit + 1]);
    const asked = rows.slice(0, limit);
    const events = await this.reader.places(
      channel,
      asked.map(({ seq }) => seq),
      LIMITS.eventPageChars,
    );
    const granted = asked.flatMap((row) => grantedRecord(row, events.get(row.seq)));
    return { granted, more: granted.length < rows.length };
  }
}

function grantedRecord(row: GrantRow, event: ChannelEvent | undefined): GrantedRecord[] {
  if (event === undefined) return [];
  const { by, at, purpose, signature, grantIndex, entry, index } = row;
  const grant = { by, at: at.toISOString(), purpose, signature: encode(signature), index: grantIndex };
  return [{ event, grant, entry, index }];
}
