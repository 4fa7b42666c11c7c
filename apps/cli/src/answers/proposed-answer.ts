import type { ProposedRecord } from '#liaison/client';
import { shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';
import { markingText } from './marking-text.js';
import { PAGE_COLUMNS, recordView, viewLines } from './record-page.js';
import type { Reader } from '../desk/reader.js';

const COLUMNS = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'WRITTEN BY' },
  { title: 'KIND' },
  { title: 'MARK' },
  { title: 'SUBJECT', flexible: true },
];

/** A draft on one line. */
function titleOf(body: ProposedRecord['body']): string {
  if (body.type === 'content') return body.subject;
  const { language, subject } = body.translation;
  return `translation into ${language}${subject === undefined ? '' : `: ${subject}`}`;
}

export function proposedAnswer(proposed: readonly ProposedRecord[], terminal: Terminal): Answer {
  return {
    json: { drafts: proposed },
    lines: () => {
      if (proposed.length === 0) return ['No draft waits for a second officer.'];
      const short = shortIds(proposed.map(({ record }) => record));
      const rows = proposed.map(({ record, proposedBy, header, body, releasedBy }) => [
        { text: short.get(record) ?? record, style: terminal.palette.cyan },
        { text: releasedBy === undefined ? 'waits' : `released by ${releasedBy}` },
        { text: proposedBy },
        { text: header.kind },
        { text: markingText(header.marking) },
        { text: safeText(titleOf(body)) },
      ]);
      return table(COLUMNS, rows, terminal.columns);
    },
  };
}

/** A draft whole, as its readers will see it. @param place where it is to go. */
export function proposalAnswer(proposal: ProposedRecord, place: string, reader: Reader, terminal: Terminal): Answer {
  const { record, header, proposedBy, releasedBy } = proposal;
  return {
    json: { draft: proposal },
    lines: () => [
      terminal.palette.bold(markingText(header.marking)),
      '',
      ...contentLines(proposal, reader, Math.min(terminal.columns, PAGE_COLUMNS)),
      '',
      `to        ${place}`,
      `for       ${header.releasableTo?.join(', ') ?? 'all of the channel'}`,
      `written   by ${proposedBy}`,
      `state     ${releasedBy === undefined ? 'waits for a second officer' : `released by ${releasedBy}`}`,
      ...(header.inReplyTo === undefined ? [] : [`answers   ${header.inReplyTo}`]),
      `id        ${record}`,
    ],
  };
}

function contentLines({ header, body }: ProposedRecord, reader: Reader, columns: number): string[] {
  if (body.type === 'content') return viewLines(recordView({ header, body }, reader), columns, reader);
  const { language, translator, method, subject, text, facts = {} } = body.translation;
  return [
    `Translation into ${language} by ${safeText(translator)} (${method})`,
    ...[subject, text].flatMap((words) => (words === undefined ? [] : ['', ...safeText(words).split('\n')])),
    ...Object.entries(facts).map(([pointer, words]) => `${safeText(pointer)}: ${safeText(words)}`),
  ];
}
