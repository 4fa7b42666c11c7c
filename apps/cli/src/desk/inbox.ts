import {
  type ChannelView,
  dueTime,
  type OpenedRecord,
  type ReadAcknowledgement,
  type RecordMarks,
  type RecordView,
} from '#liaison/client';
import {
  contactPointOf,
  type ContactPointId,
  type ContentBody,
  type Marking,
  type Priority,
  type RecordHeader,
  type RecordKind,
} from '#liaison/protocol';

export type OpenedView = Extract<RecordView, { outcome: 'opened' }>;

/** What somebody wrote, as opposed to acknowledgements and titles. */
export interface ContentRecord {
  readonly channel: ChannelView;
  readonly record: OpenedRecord & { readonly body: ContentBody };
  readonly acknowledgements: readonly ReadAcknowledgement[];
  /** Where anything was said of it since it was sent. */
  readonly marks?: RecordMarks;
  /** Where its sender was declared compromised from before it was stored. */
  readonly compromised?: NonNullable<OpenedView['compromised']>;
  /** Contact points in the channel but the sender's. */
  readonly recipients: readonly ContactPointId[];
  /** Whether an answer to it stands in its channel. */
  readonly answered: boolean;
}

/** As its originator marked it last. */
export function markingNow({ record, marks }: ContentRecord): Marking {
  return marks?.marking ?? record.header.marking;
}

/** When a request that asks for a deadline is to be answered. */
export interface DueTime {
  /** RFC 3339. */
  readonly at: string;
  readonly state: 'open' | 'overdue' | 'answered';
  /** Of an exercise: it is counted, and no statute runs. */
  readonly exercise?: true;
}

/** @param now milliseconds since 1970. @returns undefined for a record that asks for no deadline. */
export function dueOf({ record, answered }: ContentRecord, now: number): DueTime | undefined {
  const { clock } = record.header;
  if (clock === undefined) return undefined;
  const due = dueTime(clock, record.storedAt);
  const state = answered ? 'answered' : now > due ? 'overdue' : 'open';
  return { at: new Date(due).toISOString(), state, ...(record.header.exercise === true && { exercise: true }) };
}

/** `needs-you`: it waits for your contact point to take note. `sent`: your contact point wrote it. */
export type ReadingState = 'needs-you' | 'unread' | 'read' | 'acknowledged' | 'sent';

const STATES_IN_ORDER: readonly ReadingState[] = ['needs-you', 'unread', 'read', 'acknowledged', 'sent'];
const PRIORITIES_IN_ORDER: readonly Priority[] = ['flash', 'urgent', 'routine'];

/** Kinds that somebody has to take on, however routine. */
const KINDS_THAT_WAIT: ReadonlySet<RecordKind> = new Set(['alert', 'request', 'task', 'notification', 'referral']);

/** The desk is the contact point: what one colleague acknowledged waits for nobody else. */
export function stateFor(me: ContactPointId, { record, acknowledgements }: ContentRecord): ReadingState {
  if (contactPointOf(record.sender) === me) return 'sent';
  const ours = acknowledgements.filter(({ device }) => contactPointOf(device) === me);
  if (ours.some(({ state }) => state === 'acknowledged')) return 'acknowledged';
  if (waits(record.header)) return 'needs-you';
  return ours.length > 0 ? 'read' : 'unread';
}

/** Needs-you first, flash before urgent before routine; then unread, read, acknowledged; the newest of each first. */
export function inInboxOrder(me: ContactPointId, records: readonly ContentRecord[]): ContentRecord[] {
  const rank = (each: ContentRecord) => {
    const state = stateFor(me, each);
    const priority = state === 'needs-you' ? PRIORITIES_IN_ORDER.indexOf(each.record.header.priority) : 0;
    return STATES_IN_ORDER.indexOf(state) * PRIORITIES_IN_ORDER.length + priority;
  };
  return records
    .map((each) => ({ each, rank: rank(each) }))
    .sort((a, b) => a.rank - b.rank || b.each.record.storedAt.localeCompare(a.each.record.storedAt))
    .map(({ each }) => each);
}

/** Contact points that acknowledged, of those that were to. */
export function acknowledgedBy({ acknowledgements, recipients }: ContentRecord): ContactPointId[] {
  const done = acknowledgements
    .filter(({ state }) => state === 'acknowledged')
    .map(({ device }) => contactPointOf(device));
  return recipients.filter((recipient) => done.includes(recipient));
}

export function isContent(view: RecordView): view is OpenedView & { record: OpenedRecord & { body: ContentBody } } {
  return view.outcome === 'opened' && view.record.body.type === 'content';
}

function waits({ kind, priority }: RecordHeader): boolean {
  return KINDS_THAT_WAIT.has(kind) || priority !== 'routine';
}
