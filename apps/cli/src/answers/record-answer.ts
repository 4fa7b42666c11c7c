import type { ProofView } from '#liaison/client';
import { contactPointOf, type CustodyOpening } from '#liaison/protocol';
import type { Desk } from '../desk/open-desk.js';
import { acknowledgedBy, type ContentRecord, dueOf, markingNow, stateFor } from '../desk/inbox.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';
import { openingJson, openingLines } from './custody-answer.js';
import type { RecordPage } from '../desk/record-page.js';
import { channelName } from './channel-answer.js';
import { PAGE_COLUMNS, viewLines } from './record-page.js';
import { markingText } from './marking-text.js';
import { proofJson, proofLine } from './proof-text.js';

/** A record without its content, but for the subject: what lists carry. */
export function recordSummaryJson(content: ContentRecord, me: Desk['me']) {
  const { channel, record, recipients } = content;
  const { header, body, seq, storedAt, sender } = record;
  return {
    id: header.id,
    channel: channel.id,
    channelTitle: channel.title ?? null,
    seq,
    kind: header.kind,
    priority: header.priority,
    marking: markingNow(content),
    from: contactPointOf(sender),
    sender,
    sentAt: header.sentAt,
    storedAt,
    subject: body.subject,
    language: body.language,
    template: body.template ?? null,
    inReplyTo: header.inReplyTo ?? null,
    exercise: header.exercise === true,
    state: stateFor(me, content),
    acknowledged: { by: acknowledgedBy(content), of: recipients.length },
  };
}

/** A desk, and what time it is there: milliseconds since 1970. */
export type DeskNow = Pick<Desk, 'me' | 'timeZone'> & { readonly now: number };

/** The whole record. */
function recordJson(content: ContentRecord, me: Desk['me'], now: number) {
  const { record, acknowledgements } = content;
  return {
    ...recordSummaryJson(content, me),
    clock: record.header.clock ?? null,
    due: dueOf(content, now) ?? null,
    releasableTo: record.header.releasableTo ?? null,
    headerHash: record.headerHash,
    markingAsSent: record.header.marking,
    derivedFrom: record.header.derivedFrom ?? [],
    releasedBy: record.header.release?.by ?? null,
    compromised: content.compromised ?? null,
    body: record.body,
    acknowledgements,
  };
}

export function recordAnswer(
  content: ContentRecord,
  { proof, openings }: { readonly proof: ProofView; readonly openings: readonly CustodyOpening[] },
  desk: DeskNow,
  terminal: Terminal,
  page: RecordPage,
): Answer {
  const { reader, view } = page;
  const openedFromCustody = openings.map(openingJson);
  const record = { ...recordJson(content, desk.me, desk.now), log: proofJson(proof), openedFromCustody };
  return {
    json: { record: { ...record, readIn: reader.labels.language, view } },
    lines: () => [
      ...recordLines(content, desk, terminal, page),
      proofLine(proof, desk.timeZone),
      ...openingLines(openings, desk.timeZone),
    ],
  };
}

/** The marks in the codes of the header, the page in the reader's language, and how it stands here. */
function recordLines(
  content: ContentRecord,
  desk: DeskNow,
  terminal: Terminal,
  { view, reader }: RecordPage,
): string[] {
  const { channel, record, recipients } = content;
  return [
    terminal.palette.bold(markingText(markingNow(content))),
    ...compromiseLines(content, desk.timeZone, terminal),
    ...remarkLines(content, desk.timeZone),
    '',
    ...viewLines(view, Math.min(terminal.columns, PAGE_COLUMNS), reader),
    '',
    `to        ${recipients.join(', ')}, in ${channelName(channel)}`,
    `stored    ${momentIn(record.storedAt, desk.timeZone)}, as no. ${record.seq}`,
    ...(record.header.derivedFrom ?? []).map((source) => `made of   ${source.record}`),
    ...dueLines(content, desk, terminal),
    '',
    ...acknowledgementLines(content, desk.timeZone),
  ];
}

function compromiseLines({ compromised }: ContentRecord, timeZone: string, { palette }: Terminal): string[] {
  if (compromised === undefined) return [];
  const who = compromised.of === 'device' ? 'a device' : 'a contact point';
  const [declared, since] = [momentIn(compromised.declaredAt, timeZone), momentIn(compromised.since, timeZone)];
  return [
    palette.red(`NOT TO BE RELIED ON: sent by ${who} that was declared compromised on ${declared}, from ${since}.`),
  ];
}

function remarkLines({ record, marks }: ContentRecord, timeZone: string): string[] {
  if (marks === undefined || marks.remarks.length === 0) return [];
  const said = marks.remarks.map(
    ({ by, at, words }) =>
      `marked anew by ${by}, ${momentIn(at, timeZone)}${words === undefined ? '' : `: ${safeText(words)}`}`,
  );
  return [`sent as ${markingText(record.header.marking)}`, ...said];
}

function dueLines(content: ContentRecord, { now, timeZone }: DeskNow, { palette }: Terminal): string[] {
  const due = dueOf(content, now);
  if (due === undefined) return [];
  const drill = due.exercise === true ? ' (exercise: no statutory clock)' : '';
  const line = `due       ${momentIn(due.at, timeZone)}${drill}`;
  if (due.state === 'overdue') return [palette.red(`${line}: OVERDUE`)];
  return [due.state === 'answered' ? `${line}: answered` : line];
}

function acknowledgementLines(content: ContentRecord, timeZone: string): string[] {
  const lines = content.acknowledgements.map(
    ({ device, state, at }) => `  ${state.padEnd(12)} ${device}  ${momentIn(at, timeZone)}`,
  );
  const title = `Acknowledged by ${acknowledgedBy(content).length} of ${content.recipients.length} contact points:`;
  return lines.length === 0 ? ['Nobody has acknowledged it yet.'] : [title, ...lines];
}
