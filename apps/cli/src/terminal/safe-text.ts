/**
 * Text that others wrote, made harmless for a terminal: it can neither move the cursor, colour or clear anything, nor
 * reorder what stands beside it, nor begin a line that looks like ours.
 */

const FIRST_STRONG_ISOLATE = '\u2068';
const RIGHT_TO_LEFT_ISOLATE = '\u2067';
const POP_ISOLATE = '\u2069';
const RIGHT_TO_LEFT_MARK = '\u200f';

// Whole escape sequences go, not their ESC alone, so that no "[31m" is left behind: CSI; then OSC, DCS and the like up
// to their end; then two-character ones.
const ESCAPE_SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/gu;
const LINE_ENDS = /\r\n|[\n\r\u0085\u2028\u2029\u000b\u000c]/u;
// Controls; bidi embeddings, overrides and isolates, of which a stray one would end our own isolate; tag characters and
// the byte order mark, which hide text. Left-to-right and right-to-left marks and joiners are part of honest writing.
const UNSAFE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

// The blocks of all characters of bidi classes R and AL, and the marks of that direction.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The lines of a text; each that is written right to left is isolated from the direction of what stands around it. */
export function safeLines(untrustedText: string): string[] {
  return harmlessLines(untrustedText).map(isolate);
}

function harmlessLines(untrustedText: string): string[] {
  return untrustedText
    .toWellFormed()
    .replaceAll(ESCAPE_SEQUENCES, '')
    .split(LINE_ENDS)
    .map((line) => line.replaceAll('\t', '  ').replaceAll(UNSAFE, ''));
}

/** {@link safeLines} on one line. */
export function safeText(untrustedText: string): string {
  const lines = harmlessLines(untrustedText).map((line) => line.trim());
  return isolate(lines.filter((line) => line !== '').join(' '));
}

/** Shortens safe text to so many columns; what it cuts inside an isolate stays isolated. */
export function shorten(safe: string, columns: number): string {
  if (displayWidth(safe) <= columns) return safe;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(safe)) {
    width += graphemeWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return close(`${kept.trimEnd()}…`);
}

/** Breaks safe text into lines of at most so many columns, at spaces where it can; an isolate goes on in the next line. */
export function wrap(safe: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of safe.split(' ').flatMap((each) => pieces(each, columns))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns) {
      line = longer;
    } else {
      lines.push(close(line));
      line = isOpen(line) ? FIRST_STRONG_ISOLATE + word : word;
    }
  }
  return [...lines, line];
}

/** Columns that a terminal gives to the text: two for wide East Asian characters and emoji, none for what joins or marks. */
export function displayWidth(safe: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(safe.replaceAll(OWN_STYLES, ''))) width += graphemeWidth(segment);
  return width;
}

/** Fills with spaces, outside the isolate. */
export function pad(safe: string, columns: number): string {
  return safe + ' '.repeat(Math.max(0, columns - displayWidth(safe)));
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const OWN_STYLES = /\u001b\[\d+m/gu;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Only what could reorder its surroundings needs it, and some terminals show the marks. */
function isolate(line: string): string {
  return RIGHT_TO_LEFT.test(line) ? `${FIRST_STRONG_ISOLATE}${line}${POP_ISOLATE}` : line;
}

/** A line of rendered text beside others: one that runs from the right is kept to its own place. */
export function isolatedLine(rendered: string): string {
  return rendered.startsWith(RIGHT_TO_LEFT_MARK)
    ? RIGHT_TO_LEFT_ISOLATE + rendered.slice(RIGHT_TO_LEFT_MARK.length) + POP_ISOLATE
    : rendered;
}

function isOpen(line: string): boolean {
  return line.lastIndexOf(FIRST_STRONG_ISOLATE) > line.lastIndexOf(POP_ISOLATE);
}

function close(line: string): string {
  return isOpen(line) ? line + POP_ISOLATE : line;
}

/** A word that is wider than a line, cut to lines. */
function pieces(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns) return [word];
  const cut: string[] = [];
  let piece = '';
  let width = 0;
  for (const { segment } of graphemes.segment(word)) {
    const next = graphemeWidth(segment);
    if (width + next > columns) {
      cut.push(piece);
      piece = '';
      width = 0;
    }
    piece += segment;
    width += next;
  }
  return [...cut, piece];
}
