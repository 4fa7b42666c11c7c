/** The hub's log for people: it writes one JSON object a line, and this one line of words for each. */
import { createInterface } from 'node:readline';

const WORDS = { 40: 'WARNING ', 50: 'ERROR ', 60: 'FATAL ' };

/** @param line of the hub's standard output; what is no line of its log stays as it is. */
export function plainLine(line) {
  const entry = entryOf(line);
  if (entry === undefined) return line;
  const { level, time, msg, stack, ...fields } = entry;
  const told = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  const frames = typeof stack === 'string' && stack !== '' ? `\n    ${stack.replaceAll(' | ', '\n    ')}` : '';
  return `${clock(time)} ${WORDS[level] ?? ''}${msg}${told.length === 0 ? '' : ` (${told.join(', ')})`}${frames}`;
}

/** Writes what comes in, line by line. */
export function plainly(input, write) {
  createInterface({ input, crlfDelay: Infinity }).on('line', (line) => write(`${plainLine(line)}\n`));
}

function entryOf(line) {
  try {
    const value = JSON.parse(line);
    return typeof value?.msg === 'string' && typeof value.level === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The hour on this machine: whoever reads it sits before it. */
function clock(time) {
  const moment = new Date(time);
  return Number.isNaN(moment.getTime()) ? '--:--:--' : moment.toLocaleTimeString('sv-SE');
}
