import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  distinct,
  keyOf,
  MOST_GENERATIONS,
  MOST_SOURCES,
  type FiledRecord,
  type RecordRef,
  type Statement,
} from '#liaison/policy';
import {
  contactPointOf,
  decodeHeader,
  type ContactPointId,
  type DeviceAddress,
  type RecordHeader,
  type RecordId,
} from '#liaison/protocol';
import { wasGranted } from '../history/granted-places.js';
import { PG_POOL } from '../database/tokens.js';

interface FiledRow {
  readonly header: string;
  readonly releasable: readonly ContactPointId[];
  /** Whether the device was a member at its place, or was granted it. */
  readonly entitled: boolean;
}

/** A row a record. The rows of records_about go last: one by index for each record asked for. */
const RECORDS = `
  SELECT e.header, g.profile -> 'releasableTo' AS releasable,
    EXISTS (SELECT FROM channel_memberships m WHERE m.channel = e.channel AND m.device = $3
      AND e.seq >= m.from_seq AND (m.until_seq IS NULL OR e.seq <= m.until_seq))
      OR ${wasGranted({ device: '$3', channel: 'e.channel', seq: 'e.seq' })} AS entitled
  FROM unnest($1::uuid[], $2::uuid[]) AS r (channel, record)
  JOIN channel_events e ON e.channel = r.channel AND e.record_id = r.record
  JOIN channel_groups g ON g.channel = e.channel`;

/** In the canonical text of a header: no text in quotes can hold these quotes. */
const ASKED = `e.header LIKE '%"state":"asked"%'`;

/** What was asked counts for nothing but the statement that answers it: however much was asked, it is not read. */
const STATEMENTS = `
  SELECT e.header FROM unnest($1::uuid[], $2::uuid[]) AS r (channel, record)
  JOIN records_about a ON a.channel = r.channel AND a.about = r.record
  JOIN channel_events e ON e.channel = a.channel AND e.record_id = a.record_id
  WHERE NOT ${ASKED} OR e.record_id = $3
  ORDER BY e.channel, e.seq`;

const ASKED_BY = `
  SELECT count(*)::int AS asked FROM records_about a
  JOIN channel_events e ON e.channel = a.channel AND e.record_id = a.record_id
  WHERE a.channel = $1 AND a.about = $2 AND ${ASKED} AND starts_with(e.sender, $3) AND e.record_id <> $4`;

/** Stored records as the rules see them, with what has been said of each since. */
export interface LoadedFile {
  readonly records: ReadonlyMap<string, FiledRecord>;
  /** Those that the device could read when they were sent. */
  readonly entitled: ReadonlySet<string>;
}

@Injectable()
export class RecordFiles {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /**
   * These and all that they go back to: a generation a round, until there are more, or further ones, than anybody looks through.
   * @param answers the request, or the consent, that a statement answers.
   */
  async load(refs: readonly RecordRef[], device: DeviceAddress, answers?: RecordId): Promise<LoadedFile> {
    const records = new Map<string, FiledRecord>();
    const entitled = new Set<string>();
    let waiting = distinct(refs);
    // One more than may be passed on: a statement is about what itself goes back that far.
    for (let round = 0; waiting.length > 0 && records.size <= MOST_SOURCES && round <= MOST_GENERATIONS; round += 1) {
      const generation = await this.generation(waiting, device, answers);
      for (const { record, isEntitled } of generation) {
        records.set(keyOf(record), record);
        if (isEntitled) entitled.add(keyOf(record));
      }
      const older = generation.flatMap(({ record }) => record.derivedFrom);
      waiting = distinct(older)
        .filter((ref) => !records.has(keyOf(ref)))
        .slice(0, MOST_SOURCES + 1);
    }
    return { records, entitled };
  }

  /** How often a contact point has asked for consent on a record, this time not counted. Two requests at once may both miss each other. */
  async askedBy(contactPoint: ContactPointId, { channel, record }: RecordRef, id: RecordId): Promise<number> {
    const { rows } = await this.pool.query<{ asked: number }>(ASKED_BY, [channel, record, `${contactPoint}:`, id]);
    return rows[0]?.asked ?? 0;
  }

  /**
   * Written before the record is sequenced: what it says is found by whoever asks from then on. Where the sequencer then refuses it,
   * the row says nothing: whatever is stored under that id later speaks of what its own signed header names.
   */
  async noteAbout({ channel, record }: RecordRef, by: Pick<RecordHeader, 'id'>): Promise<void> {
    await this.pool.query(
      'INSERT INTO records_about (channel, about, record_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [channel, record, by.id],
    );
  }

  private async generation(
    refs: readonly RecordRef[],
    device: DeviceAddress,
    answers: RecordId | undefined,
  ): Promise<{ readonly record: FiledRecord; readonly isEntitled: boolean }[]> {
    const names = [refs.map(({ channel }) => channel), refs.map(({ record }) => record)];
    const { rows } = await this.pool.query<FiledRow>(RECORDS, [...names, device]);
    const statements = await this.pool.query<{ header: string }>(STATEMENTS, [...names, answers ?? null]);
    const said = new Map<string, RecordHeader[]>();
    for (const header of statements.rows.map((row) => decodeHeader(row.header))) {
      const about = `${header.channel}/${header.inReplyTo ?? ''}`;
      const known = said.get(about);
      if (known === undefined) said.set(about, [header]);
      else known.push(header);
    }
    return rows.map(({ header, releasable, entitled }) => {
      const record = filed(decodeHeader(header), releasable, said);
      return { record, isEntitled: entitled };
    });
  }
}

function filed(
  header: RecordHeader,
  releasable: readonly ContactPointId[],
  said: ReadonlyMap<string, readonly RecordHeader[]>,
): FiledRecord {
  const { channel, id, kind, sender, marking, releasableTo = releasable, derivedFrom = [] } = header;
  return {
    channel,
    record: id,
    kind,
    sentBy: contactPointOf(sender),
    marking,
    releasableTo,
    exercise: header.exercise === true,
    derivedFrom,
    statements: (said.get(keyOf({ channel, record: id })) ?? []).flatMap(statementOf),
  };
}

function statementOf({ id, kind, sender, marking, consent }: RecordHeader): Statement[] {
  if (kind !== 'consent' && kind !== 'marking' && kind !== 'withdrawal') return [];
  return [{ id, kind, by: contactPointOf(sender), marking, ...(consent && { terms: consent }) }];
}
