import type { ProposedRecord } from '#liaison/client';
import { shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';
import { markingText } from './marking-text.js';

const COLUMNS = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'WRITTEN BY' },
  { title: 'KIND' },
  { title: 'MARK' },
  { title: 'SUBJECT', flexible: true },
];

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
        { text: safeText(body.subject) },
      ]);
      return table(COLUMNS, rows, terminal.columns);
    },
  };
}
