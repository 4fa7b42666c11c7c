import { contactPointOf } from '#liaison/protocol';
import type { Holdings } from '../desk/all-records.js';
import {
  acknowledgedBy,
  type ContentRecord,
  dueOf,
  type DueTime,
  markingNow,
  type ReadingState,
  stateFor,
} from '../desk/inbox.js';
import { shortIds } from '../desk/short-ids.js';
import { safeText, shorten } from '../terminal/safe-text.js';
import { type Cell, type Column, table, tableRows } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { shortMomentIn } from '../terminal/time-text.js';
import type { Reader } from '../desk/reader.js';
import type { Answer } from './answer.js';
import { brokenLines, channelName } from './channel-answer.js';
import { troubleJson, type TroubledChannel } from './trouble-text.js';
import { priorityStyle } from './marking-text.js';
import { titledSubject } from './form-title.js';
import { type DeskNow, recordSummaryJson } from './record-answer.js';

export interface Inbox {
  /** Already chosen and in order. */
  readonly records: readonly ContentRecord[];
  readonly failures: Holdings['failures'];
  /** False where the hub could not be asked. */
  readonly synced: boolean;
  /** Channels in dispute, or halted. */
  readonly troubled: readonly TroubledChannel[];
}

export function inboxAnswer(inbox: Inbox, desk: DeskNow, terminal: Terminal, reader: Reader): Answer {
  return {
    json: {
      records: inbox.records.map((record) => ({
        ...recordSummaryJson(record, desk.me),
        due: dueOf(record, desk.now) ?? null,
      })),
      failures: inbox.failures.map(({ channel, view }) => ({ channel: channel.id, seq: view.seq, ...view.card })),
      synced: inbox.synced,
      troubled: inbox.troubled.map((each) => ({ channel: each.channel.id, ...troubleJson(each) })),
    },
    lines: () => [
      ...recordTable(inbox.records, desk, terminal, reader),
      ...failureLines(inbox, terminal),
      ...inbox.troubled.flatMap((each) => brokenLines(each, desk.timeZone, terminal)),
    ],
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE' },
  { title: 'ID' },
  { title: 'PRIORITY' },
  { title: 'CLASS' },
  { title: 'CODES' },
  { title: 'FROM' },
  { title: 'KIND' },
  { title: 'SUBJECT', flexible: true },
  { title: 'ACKED' },
  { title: 'STORED (LOCAL)' },
  { title: 'DUE (LOCAL)' },
];

function recordTable(records: readonly ContentRecord[], desk: DeskNow, terminal: Terminal, reader: Reader): string[] {
  if (records.length === 0) return ['Nothing here.'];
  const short = shortIds(records.map(({ record }) => record.header.id));
  const rows = records.map((content) => {
    const { id } = content.record.header;
    const title = titledSubject(content.record.body, reader, content.record.header);
    return row(content, { id: short.get(id) ?? id, title }, desk, terminal);
  });
  const hasDue = records.some(({ record }) => record.header.clock !== undefined);
  const columns = hasDue ? COLUMNS : COLUMNS.slice(0, -1);
  return terminal.columns < WIDE_ENOUGH ? stackedRows(columns, rows, terminal) : table(columns, rows, terminal.columns);
}

/** Below, the subject would have no room left beside the rest. */
const WIDE_ENOUGH = 120;
const SUBJECT = COLUMNS.findIndex(({ flexible }) => flexible);
const INDENT = 2;

/** Two lines a record, the subject on its own. */
function stackedRows(allColumns: readonly Column[], rows: readonly (readonly Cell[])[], terminal: Terminal): string[] {
  const heads = rows.map((cells) => cells.filter((_, index) => index !== SUBJECT));
  const columns = allColumns.filter((_, index) => index !== SUBJECT);
  const [header = [], ...lines] = tableRows(columns, heads, terminal.columns);
  const subjects = rows.map((cells) => cells[SUBJECT]?.text ?? '');
  return [
    ...header,
    ...lines.flatMap((each, index) => [
      ...each,
      ' '.repeat(INDENT) + shorten(subjects[index] ?? '', terminal.columns - INDENT),
    ]),
  ];
}

function row(
  content: ContentRecord,
  shown: { readonly id: string; readonly title: string },
  desk: DeskNow,
  { palette }: Terminal,
): Cell[] {
  const { header, sender, storedAt } = content.record;
  const state = stateFor(desk.me, content);
  const due = dueOf(content, desk.now);
  return [
    { text: STATE_WORDS[state], style: state === 'needs-you' ? palette.bold : palette.dim },
    { text: shown.id, style: palette.cyan },
    { text: header.priority, style: priorityStyle(header.priority, palette) },
    { text: markingNow(content).classification },
    { text: markingNow(content).handling.join(' ') || '-' },
    { text: contactPointOf(sender) },
    { text: header.kind },
    { text: shown.title },
    { text: `${acknowledgedBy(content).length} of ${content.recipients.length}` },
    { text: shortMomentIn(storedAt, desk.timeZone) },
    { text: dueText(due, desk.timeZone), ...(due?.state === 'overdue' && { style: palette.red }) },
  ];
}

function dueText(due: DueTime | undefined, timeZone: string): string {
  if (due === undefined) return '-';
  if (due.state === 'answered') return 'answered';
  const words = [...(due.state === 'overdue' ? ['OVERDUE'] : []), ...(due.exercise === true ? ['(exercise)'] : [])];
  return [shortMomentIn(due.at, timeZone), ...words].join(' ');
}

const STATE_WORDS: Readonly<Record<ReadingState, string>> = {
  'needs-you': 'NEEDS YOU',
  unread: 'unread',
  read: 'read',
  acknowledged: 'acked',
  sent: 'sent',
};

function failureLines({ failures }: Inbox, { palette }: Terminal): string[] {
  const withheld = failures.filter(({ view }) => view.card.check === 'CLI-55').length;
  const lines = failures
    .filter(({ view }) => view.card.check !== 'CLI-55')
    .flatMap(({ channel, view }) => [
      '',
      palette.red(`No. ${view.seq} of ${channelName(channel)} cannot be shown: ${safeText(view.card.whatHappened)}`),
      `  Who can mend it: ${safeText(view.card.whoCanMend)}`,
      `  Next: ${safeText(view.card.next)}`,
    ]);
  if (withheld === 0) return lines;
  return [...lines, '', `${withheld} from before this device joined are withheld from it: liaison history show`];
}
