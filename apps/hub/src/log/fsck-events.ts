import type { PoolClient } from 'pg';
import { checkCustody } from './fsck-custody.js';

/** What a check of channels, bodies and mentions against the log found. */
export interface EventCheck {
  readonly events: number;
  readonly erased: number;
  /** In plain words. */
  readonly faults: readonly string[];
}

const MOST_FAULTS = 100;

/** Which act a record is, of `h`, its header: written anew from docs/spec/log.md, so that it finds where the hub differs. */
const ACT_OF_HEADER = `
  CASE
    WHEN h.header ? 'inReplyTo' AND h.header ? 'consent' THEN 'consent.' || (h.header #>> '{consent,state}')
    WHEN h.header ? 'inReplyTo' AND h.header ->> 'kind' = 'withdrawal' THEN 'record.withdrawn'
    WHEN h.header ? 'inReplyTo' AND h.header ->> 'kind' = 'marking' THEN 'record.remarked'
    WHEN h.header ? 'inReplyTo' AND h.header ->> 'kind' = 'acknowledgement' THEN 'record.acknowledged'
    WHEN h.header ? 'inReplyTo' AND h.header ->> 'kind' = 'cosign' THEN 'record.released'
    WHEN h.header ? 'inReplyTo' AND h.header ->> 'kind' = 'erasure' THEN 'erasure.attested'
    WHEN h.header ->> 'kind' = 'profile' THEN 'channel.titled'
    WHEN h.header ->> 'kind' = 'template' THEN 'templates.published'
    WHEN jsonb_array_length(h.header -> 'derivedFrom') = 1 THEN 'record.forwarded'
    WHEN h.header ? 'derivedFrom' THEN 'record.compiled'
    ELSE 'record.stored'
  END`;

/**
 * Every event has its entry, and every entry of an event has its event: the two can be matched one to one. A removal that was proposed
 * before there was a log stands in it as a commit: whom it meant is in its MLS bytes alone.
 */
const UNMATCHED_EVENTS = `
  SELECT e.channel, e.seq::float8 AS seq FROM channel_events e
  LEFT JOIN LATERAL (SELECT l.entry::jsonb AS entry FROM log_entries l WHERE l.index = e.log_index) l ON true
  CROSS JOIN LATERAL (SELECT e.header::jsonb AS header) h
  WHERE l.entry IS NULL
    OR l.entry #>> '{subject,channel}' IS DISTINCT FROM e.channel::text
    OR (l.entry #>> '{subject,seq}')::int8 IS DISTINCT FROM e.seq
    OR l.entry ->> 'actor' IS DISTINCT FROM e.sender
    OR l.entry ->> 'type' <> ALL (CASE e.type WHEN 'record' THEN ARRAY[${ACT_OF_HEADER}]
      WHEN 'commit' THEN ARRAY['commit.ordered'] ELSE ARRAY['removal.proposed', 'commit.ordered'] END)
    OR (e.type = 'record' AND (l.entry #>> '{subject,record}' IS DISTINCT FROM e.record_id::text
      OR l.entry ->> 'headerHash' IS DISTINCT FROM translate(rtrim(encode(e.header_hash, 'base64'), '='), '+/', '-_')
      OR l.entry #>> '{subject,about}' IS DISTINCT FROM h.header ->> 'inReplyTo'
      OR l.entry -> 'sources' IS DISTINCT FROM h.header -> 'derivedFrom'
      OR l.entry -> 'consent' IS DISTINCT FROM h.header -> 'consent'
      OR l.entry ->> 'releasedBy' IS DISTINCT FROM h.header #>> '{release,by}'))
  LIMIT ${MOST_FAULTS}`;

/** A record has its body, or an order by which it was erased: not neither, and not both. */
const STRAY_BODIES = `
  SELECT e.channel, e.seq::float8 AS seq, b.seq IS NOT NULL AS has_body FROM channel_events e
  LEFT JOIN record_bodies b ON b.channel = e.channel AND b.seq = e.seq
  LEFT JOIN record_erasures x ON x.channel = e.channel AND x.seq = e.seq
  WHERE e.type = 'record' AND (b.seq IS NULL) <> (x.seq IS NOT NULL) LIMIT ${MOST_FAULTS}`;

/** An erasure has its entry in the log, by the device that ordered it, with the words that it gave. */
const UNLOGGED_ERASURES = `
  SELECT x.channel, x.seq::float8 AS seq FROM record_erasures x
  LEFT JOIN LATERAL (SELECT l.entry::jsonb AS entry FROM log_entries l WHERE l.index = x.log_index) l ON true
  WHERE l.entry IS NULL OR l.entry ->> 'type' <> 'record.erased' OR l.entry ->> 'actor' <> x.device
    OR l.entry #>> '{subject,record}' IS DISTINCT FROM x.record_id::text
    OR l.entry #>> '{subject,channel}' IS DISTINCT FROM x.channel::text
    OR l.entry ->> 'purpose' IS DISTINCT FROM x.purpose
  LIMIT ${MOST_FAULTS}`;

/** What is looked up by name is what the entries name, as far as they are indexed. */
const WRONG_MENTIONS = `
  SELECT count(*)::float8 AS value FROM (
    SELECT m.name, l.index FROM log_entries l CROSS JOIN LATERAL log_mentions_of(l.entry::jsonb) AS m (name)
    WHERE l.index < (SELECT size FROM log_mentions_head)
  ) made FULL JOIN log_mentions stored USING (name, index)
  WHERE made.index IS NULL OR stored.index IS NULL`;

interface Place {
  readonly channel: string;
  readonly seq: number;
}

/** @param logged how many entries of the log stand for an event. */
export async function checkEvents(client: PoolClient, logged: number): Promise<EventCheck> {
  const places = async (sql: string) => (await client.query<Place>(sql)).rows;
  const number = async (sql: string) => (await client.query<{ value: number }>(sql)).rows[0]?.value ?? 0;
  const say = (rows: readonly Place[], what: string) =>
    rows.map(({ channel, seq }) => `Event ${seq} of channel ${channel} ${what}.`);
  const faults = [
    ...say(await places(UNMATCHED_EVENTS), 'has no entry that describes it'),
    ...say(await places(STRAY_BODIES), 'lacks its body without an erasure, or has it in spite of one'),
    ...say(await places(UNLOGGED_ERASURES), 'was erased, and the log does not say so'),
  ];
  const events = await number('SELECT count(*)::float8 AS value FROM channel_events');
  if (events !== logged) faults.push(`${events} events, but ${logged} entries of events.`);
  faults.push(...(await checkCustody(client)));
  const mentions = await number(WRONG_MENTIONS);
  if (mentions > 0) faults.push(`${mentions} mentions by which entries are looked up are missing or too many.`);
  return { events, erased: await number('SELECT count(*)::float8 AS value FROM record_erasures'), faults };
}
