import type { ConsentView } from '#liaison/client';
import { shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { shortMomentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';

const COLUMNS = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'ACT' },
  { title: 'FOR' },
  { title: 'TO REACH' },
  { title: 'BY' },
  { title: 'SINCE' },
  { title: 'ABOUT' },
  { title: 'WORDS', flexible: true },
];

export function consentsAnswer(consents: readonly ConsentView[], terminal: Terminal, timeZone: string): Answer {
  return {
    json: { consents },
    lines: () => {
      if (consents.length === 0) return ['Nobody has asked for a consent, or given one.'];
      const short = shortIds(consents.flatMap(({ record, about }) => [record, about.record]));
      const rows = consents.map(({ record, about, terms, sender, at, words, inForce }) => [
        { text: short.get(record) ?? record, style: terminal.palette.cyan },
        { text: stateText(terms.state, inForce) },
        { text: terms.act },
        { text: terms.to.join(', ') },
        { text: terms.recipients.join(', ') },
        { text: sender.slice(0, sender.indexOf(':')) },
        { text: shortMomentIn(at, timeZone) },
        { text: short.get(about.record) ?? about.record },
        { text: words === undefined ? '' : safeText(words) },
      ]);
      return table(COLUMNS, rows, terminal.columns);
    },
  };
}

function stateText(state: ConsentView['terms']['state'], inForce: boolean): string {
  if (state !== 'given') return state;
  return inForce ? 'given, in force' : 'given, no longer in force';
}
