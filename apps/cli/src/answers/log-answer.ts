import type { LogAuditReport } from '#liaison/client';
import { toBase64url } from '#liaison/protocol';
import type { ReceiptReport } from '../log/verify-receipt.js';
import { safeText } from '../terminal/safe-text.js';
import type { Palette } from '../terminal/colour.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';

type Verdict = LogAuditReport['verdicts'][number] | ReceiptReport['verdicts'][number];

export function logAnswer(report: LogAuditReport, { palette }: Terminal): Answer {
  const { holds, verdicts, checkpoint, cosignedBy, shown, withheld } = report;
  return {
    json: {
      holds,
      origin: checkpoint?.origin ?? null,
      size: checkpoint?.size ?? null,
      root: checkpoint === undefined ? null : toBase64url(checkpoint.root),
      cosignedBy: [...cosignedBy],
      shown,
      withheld,
      verdicts: verdicts.map(verdictJson),
    },
    lines: () => [...verdicts.map((each) => verdictLine(each, palette)), '', conclusion(holds, 'This log', palette)],
  };
}

export function receiptAnswer(report: ReceiptReport, { palette }: Terminal): Answer {
  const { holds, verdicts, entry, index, size, cosignedBy } = report;
  return {
    json: {
      holds,
      entry: entry ?? null,
      index: index ?? null,
      size: size ?? null,
      cosignedBy: [...cosignedBy],
      verdicts: verdicts.map(verdictJson),
    },
    lines: () => [
      ...verdicts.map((each) => verdictLine(each, palette)),
      '',
      conclusion(holds, 'This receipt', palette),
    ],
  };
}

function verdictJson({ question, outcome, check, message }: Verdict) {
  return { question, outcome, ...(check === undefined ? {} : { check }), message };
}

const WORDS = { holds: 'holds', fails: 'FAILS', 'not-asked': 'not asked' } as const;

function verdictLine({ question, outcome, check, message }: Verdict, palette: Palette): string {
  const word = WORDS[outcome].padEnd(9);
  const shown = outcome === 'fails' ? palette.red(word) : word;
  return `${question.padEnd(10)} ${shown} ${safeText(message)}${check === undefined ? '' : ` [${check}]`}`;
}

function conclusion(holds: boolean, what: string, palette: Palette): string {
  if (holds) return `${what} holds.`;
  return `${palette.red(`${what} does not hold.`)} Keep what you have and tell the other contact points: docs/how-to-check-us.md.`;
}
