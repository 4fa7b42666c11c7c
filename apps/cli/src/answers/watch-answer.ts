import type { ClientEvent, OpenedRecord } from '#liaison/client';
import { contactPointOf } from '#liaison/protocol';
import type { Reader } from '../desk/reader.js';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { shortMomentIn } from '../terminal/time-text.js';
import { openingJson, openingText } from './custody-answer.js';
import { titledSubject } from './form-title.js';
import { markingText, priorityStyle } from './marking-text.js';
import { outboxItemJson } from './outbox-answer.js';

/** One event on one line of JSON. */
export function watchJson(event: ClientEvent): object {
  switch (event.type) {
    case 'record':
      return { event: 'record', channel: event.channel, record: eventRecordJson(event.record) };
    case 'failure':
      return { event: 'failure', channel: event.channel, seq: event.seq, ...event.card };
    case 'alarm':
      return { event: 'alarm', ...event.alarm };
    case 'channel':
      return { event: 'channel', channel: event.channel };
    case 'custody-opening':
      return { event: 'custody-opening', ...openingJson(event.opening) };
    case 'outbox':
      return { event: 'outbox', record: outboxItemJson(event.item) };
    case 'connection':
      return { event: 'connection', state: event.state, reason: event.reason ?? null };
  }
}

function eventRecordJson({ header, body, seq, storedAt, sender, headerHash, own }: OpenedRecord): object {
  const { id, kind, priority, marking, sentAt, inReplyTo } = header;
  const from = contactPointOf(sender);
  return {
    id,
    seq,
    kind,
    priority,
    marking,
    from,
    sender,
    sentAt,
    storedAt,
    inReplyTo: inReplyTo ?? null,
    headerHash,
    own,
    exercise: header.exercise === true,
    body,
  };
}

/** For people: what was written, who took note, and what needs attention. Titles, who opened what, and the outbox are silent. */
export function watchLines(
  event: ClientEvent,
  title: string | undefined,
  reader: Reader,
  terminal: Terminal,
): string[] {
  const { palette } = terminal;
  switch (event.type) {
    case 'record':
      return recordLines(event.record, title, reader, terminal);
    case 'failure':
      return [
        palette.red(
          `No. ${event.seq} cannot be shown: ${safeText(event.card.whatHappened)} ${safeText(event.card.next)}`,
        ),
      ];
    case 'alarm':
      return [palette.red(`ALARM ${event.alarm.check}: ${safeText(event.alarm.message)}`)];
    case 'connection':
      return event.state === 'closed' ? [] : [palette.dim(connectionText(event.state, event.reason))];
    case 'custody-opening':
      return [palette.bold(safeText(openingText(event.opening, reader.timeZone)))];
    case 'channel':
    case 'outbox':
      return [];
  }
}

function recordLines(
  { header, body, sender, storedAt }: OpenedRecord,
  title: string | undefined,
  reader: Reader,
  { palette, columns }: Terminal,
): string[] {
  const when = shortMomentIn(storedAt, reader.timeZone);
  const place = title === undefined ? '' : `  in ${safeText(title)}`;
  if (body.type === 'content') {
    return [
      `${palette.bold(when)}  ${priorityStyle(header.priority, palette)(header.priority)} ${header.kind} from ${contactPointOf(sender)}${place}`,
      `  ${markingText(header.marking)}`,
      ...wrap(titledSubject(body, reader, header), columns - 2).map((line) => `  ${palette.bold(line)}`),
      `  ${palette.cyan(`read ${header.id}`)}`,
    ];
  }
  if (body.type === 'channel-title' || (body.type === 'acknowledgement' && body.state === 'read')) return [];
  const what = body.type === 'acknowledgement' ? `${body.state} by` : `${body.type} from`;
  return [palette.dim(`${when}  ${what} ${sender}: ${header.inReplyTo ?? header.id}${place}`)];
}

function connectionText(state: 'live' | 'waiting', reason: string | undefined): string {
  const because = reason === undefined ? '' : ` (${safeText(reason)})`;
  if (state === 'live') return 'Live: everything that comes in is shown here. Ctrl-C ends it.';
  return `The connection is gone${because}; trying again.`;
}
