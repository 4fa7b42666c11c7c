import { FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE, RIGHT_TO_LEFT_ISOLATE } from './isolate.js';

const ISOLATE_STARTS: ReadonlySet<string> = new Set([
  FIRST_STRONG_ISOLATE,
  LEFT_TO_RIGHT_ISOLATE,
  RIGHT_TO_LEFT_ISOLATE,
]);
const NO_WIDTH = /^[\p{Cf}\p{M}]*$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Columns of a terminal that text takes: an estimate, as every terminal has its own. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

function columnsOf(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Breaks at blanks, and within words that are wider than a line. Isolates that a break would cut are closed and opened again. */
export function wrap(text: string, columns: number): readonly string[] {
  return mendIsolates(text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, columns)));
}

function wrapParagraph(paragraph: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of paragraph.split(' ').flatMap((long) => pieces(long, columns))) {
    const more = widthOf(word);
    if (line !== '' && width + 1 + more > columns) {
      lines.push(line);
      line = '';
      width = 0;
    }
    width += line === '' ? more : 1 + more;
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): readonly string[] {
  if (widthOf(word) <= columns) return [word];
  const found: string[] = [];
  let piece = '';
  let width = 0;
  for (const { segment } of graphemes.segment(word)) {
    const more = columnsOf(segment);
    if (width + more > columns && piece !== '') {
      found.push(piece);
      piece = '';
      width = 0;
    }
    piece += segment;
    width += more;
  }
  return [...found, piece];
}

function mendIsolates(lines: readonly string[]): readonly string[] {
  let open: string[] = [];
  return lines.map((line) => {
    const before = open.join('');
    open = openAfter(open, line);
    return `${before}${line}${POP_ISOLATE.repeat(open.length)}`;
  });
}

function openAfter(open: readonly string[], line: string): string[] {
  const after = [...open];
  for (const char of line) {
    if (ISOLATE_STARTS.has(char)) after.push(char);
    else if (char === POP_ISOLATE) after.pop();
  }
  return after;
}
