import type { Alarm, OpenedRecord } from '#liaison/client';
import {
  canonicalJson,
  type ChannelId,
  type Clock,
  type ContactPointId,
  LiaisonError,
  type RecordId,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { deskReader } from '../desk/open-desk.js';
import type { Reader } from '../desk/reader.js';
import { type HubView, hubViewOf } from './hub-view.js';
import type { PlannedRecord } from './scenario-records.js';

/** What became of a record at one recipient. Times in milliseconds after the officer pressed send. */
export interface Reading {
  readonly contactPoint: ContactPointId;
  readonly device: string;
  /** How this desk shows what it reads. */
  readonly reader: Reader;
  /** `identical`: decrypted to exactly what was sent. `different`: to something else. `not-opened`: not in time. */
  readonly outcome: 'identical' | 'different' | 'not-opened';
  readonly read?: OpenedRecord;
  /** By this machine's clock. */
  readonly readAt?: string;
  readonly readAfter?: number;
  /** When the sender had this contact point's acknowledgement. */
  readonly acknowledgedAfter?: number;
}

export interface PlayedRecord {
  readonly id: RecordId;
  readonly planned: PlannedRecord;
  /** The desk that wrote it, in the language that it wrote in. */
  readonly writer: Reader;
  readonly inReplyTo?: RecordId;
  readonly sentAt: string;
  /** Until the hub's receipt: durable. */
  readonly storedAfter: number;
  readonly hub: HubView;
  readonly readings: readonly Reading[];
}

/** What happens, as it happens. */
export type Moment =
  | { readonly type: 'wrote'; readonly planned: PlannedRecord; readonly at: number }
  | { readonly type: 'stored'; readonly seq: number; readonly after: number }
  | {
      readonly type: 'read';
      readonly contactPoint: ContactPointId;
      readonly after: number;
      readonly identical: boolean;
    }
  | { readonly type: 'acknowledged'; readonly contactPoint: ContactPointId; readonly after: number }
  | { readonly type: 'alarm'; readonly contactPoint: ContactPointId; readonly alarm: Alarm };

export interface Stage {
  readonly channel: ChannelId;
  readonly actors: readonly Actor[];
  readonly clock: Clock;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly tell: (moment: Moment) => void;
}

/** How long a recipient may take before the demo calls it lost. */
const PATIENCE_MS = 20_000;

/** One desk writes; all others read, compare and acknowledge; the writer sees it. */
export async function playRecord(stage: Stage, planned: PlannedRecord, inReplyTo?: RecordId): Promise<PlayedRecord> {
  const sender = actorOf(stage, planned.from);
  const start = stage.clock.now();
  stage.tell({ type: 'wrote', planned, at: start });
  const { kind, marking, priority, clock, body } = planned;
  const reply = inReplyTo === undefined ? {} : { inReplyTo };
  const item = await sender.client.send({
    channel: stage.channel,
    kind,
    marking,
    priority,
    body,
    ...(clock && { clock }),
    ...reply,
  });
  if (item.state !== 'stored') {
    throw new LiaisonError('unavailable', `The hub did not store the record: ${item.problem?.message ?? item.state}.`);
  }
  const storedAfter = stage.clock.now() - start;
  const { seq } = await hubViewOf(sender, stage.channel, item.id);
  stage.tell({ type: 'stored', seq, after: storedAfter });
  const done = new AbortController();
  const within = stage.wait(PATIENCE_MS, done.signal);
  const act: Act = { stage, sender, start, id: item.id, planned, within, ...reply };
  const recipients = stage.actors.filter((actor) => actor !== sender);
  const readings = await Promise.all(recipients.map((recipient) => readAndAcknowledge(act, recipient))).finally(() => {
    done.abort();
  });
  const hub = await hubViewOf(sender, stage.channel, item.id);
  const writer = await deskReader(sender.client, body.language);
  return { id: item.id, planned, writer, sentAt: hub.header.sentAt, storedAfter, hub, readings, ...reply };
}

interface Act {
  readonly stage: Stage;
  readonly sender: Actor;
  readonly start: number;
  readonly id: RecordId;
  readonly planned: PlannedRecord;
  readonly inReplyTo?: RecordId;
  readonly within: Promise<void>;
}

async function readAndAcknowledge(act: Act, recipient: Actor): Promise<Reading> {
  const { stage, sender, start, id, within } = act;
  const { contactPoint } = recipient;
  const who = { contactPoint, device: recipient.client.device, reader: recipient.reader };
  const arrival = await recipient.opened({ channel: stage.channel, id }, within);
  if (arrival === undefined) return { ...who, outcome: 'not-opened' };
  const identical = isWhatWasSent(arrival.record, act);
  const readAfter = arrival.at - start;
  stage.tell({ type: 'read', contactPoint, after: readAfter, identical });
  const outcome = identical ? 'identical' : 'different';
  const reading: Reading = {
    ...who,
    outcome,
    read: arrival.record,
    readAt: new Date(arrival.at).toISOString(),
    readAfter,
  };
  await recipient.client.acknowledge(stage.channel, id, 'acknowledged');
  const seen = await sender.acknowledgement({ channel: stage.channel, id }, contactPoint, within);
  if (seen === undefined) return reading;
  const acknowledgedAfter = seen.at - start;
  stage.tell({ type: 'acknowledged', contactPoint, after: acknowledgedAfter });
  return { ...reading, acknowledgedAfter };
}

/** Body, kind, marking, priority, clock and reference: every one, by canonical text. */
function isWhatWasSent({ header, body }: OpenedRecord, { planned, inReplyTo }: Act): boolean {
  const { kind, marking, priority, clock } = planned;
  const sent = { kind, marking, priority, clock, inReplyTo, body: planned.body };
  const got = {
    kind: header.kind,
    marking: header.marking,
    priority: header.priority,
    clock: header.clock,
    inReplyTo: header.inReplyTo,
    body,
  };
  return canonicalJson(sent) === canonicalJson(got);
}

function actorOf({ actors }: Stage, contactPoint: ContactPointId): Actor {
  const actor = actors.find((each) => each.contactPoint === contactPoint);
  if (actor === undefined) {
    throw new LiaisonError('usage', `${contactPoint} writes in this scenario, but takes no part in it.`);
  }
  return actor;
}
