import type { OutboxItem } from '#liaison/client';
import { shortIds } from '../desk/short-ids.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { ERROR_CODES, type ErrorCode } from '#liaison/protocol';
import { safeText, shorten } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { shortMomentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';

export function outboxItemJson(item: OutboxItem): object {
  const { id, channel, kind, state, queuedAt, receipt, problem, subject, kept } = item;
  const outcome = { receipt: receipt ?? null, problem: problem ?? null, kept: kept === true };
  return { id, channel, kind, state, queuedAt, subject: subject ?? null, ...outcome };
}

/** What became of one record that was just written. */
export function sentAnswer(item: OutboxItem, timeZone: string): Answer {
  return { json: { record: outboxItemJson(item) }, lines: () => sentLines(item, timeZone) };
}

function sentLines({ id, state, receipt, problem }: OutboxItem, timeZone: string): string[] {
  if (receipt !== undefined) {
    return [
      `Stored as no. ${receipt.seq} of the channel, ${shortMomentIn(receipt.storedAt, timeZone)}: durable at the hub, on its way to the others.`,
      `id ${id}`,
    ];
  }
  // Another process of this device (a running `watch`) was faster to see it in the channel.
  if (state === 'stored') return ['Stored: durable at the hub, and already seen in the channel.', `id ${id}`];
  const reason = problem === undefined ? 'The hub has not answered yet.' : safeText(problem.message);
  return state === 'failed'
    ? [`Not sent: ${reason}`, `id ${id}`]
    : [`Waiting in the outbox: ${reason} It goes out with the next "liaison sync".`, `id ${id}`];
}

/** `send` ends well only where the record is stored. */
export function exitCodeOfSent({ state, problem }: OutboxItem): number {
  if (state === 'stored') return EXIT.done;
  const code = problem?.code;
  return state === 'failed' && code !== undefined && code in ERROR_CODES
    ? exitCodeOf(code as ErrorCode)
    : EXIT.unreachable;
}

const KEPT = 'What is kept was not sent, for its channel was closed: liaison outbox --resend <id>, or --drop <id>.';

/** Of what happened; "--json" has all of it. */
const MOST_OUTCOME = 60;

const COLUMNS = [
  { title: 'ID' },
  { title: 'KIND' },
  { title: 'STATE' },
  { title: 'SINCE' },
  { title: 'WHAT HAPPENED' },
  { title: 'SUBJECT', flexible: true },
];

export function outboxAnswer(items: readonly OutboxItem[], terminal: Terminal, timeZone: string): Answer {
  return {
    json: { records: items.map(outboxItemJson) },
    lines: () => {
      if (items.length === 0) return ['The outbox is empty: the hub has stored everything that was written here.'];
      const short = shortIds(items.map(({ id }) => id));
      const rows = items.map((item) => [
        { text: short.get(item.id) ?? item.id, style: terminal.palette.cyan },
        { text: item.kind },
        {
          text: item.kept === true ? 'kept' : item.state,
          ...(item.state === 'failed' && { style: terminal.palette.red }),
        },
        { text: shortMomentIn(item.queuedAt, timeZone) },
        { text: shorten(outcomeText(item), MOST_OUTCOME) },
        { text: item.subject === undefined ? '' : safeText(item.subject) },
      ]);
      const kept = items.some((item) => item.kept === true) ? ['', KEPT] : [];
      return [...table(COLUMNS, rows, terminal.columns), ...kept];
    },
  };
}

function outcomeText({ receipt, problem }: OutboxItem): string {
  if (receipt !== undefined) return `no. ${receipt.seq} of its channel`;
  return problem === undefined ? '' : safeText(problem.message);
}
