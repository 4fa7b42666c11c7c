import { describe, expect, it } from '@jest/globals';
import { displayWidth, pad, safeLines, safeText, shorten, wrap } from '../src/terminal/safe-text.js';

const FSI = '\u2068';
const PDI = '\u2069';

describe('text that others wrote', () => {
  it.each([
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a colour of the 8-bit kind', '\u009b31mred', 'red'],
    ['a cursor that goes up and erases', 'ok\u001b[1A\u001b[2Kforged', 'okforged'],
    ['a window title', '\u001b]0;evil\u0007text', 'text'],
    ['a hyperlink', '\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['a title that never ends', 'before\u001b]0;all of it', 'before'],
    ['a reset of the terminal', '\u001bctext', 'text'],
    ['backspaces', 'RESTRICTED\b\b\b\b', 'RESTRICTED'],
    ['a right-to-left override', 'exe.\u202egnp.doc', 'exe.gnp.doc'],
    ['an isolate that ends ours', `a${PDI}b`, 'ab'],
    ['hidden tag characters', 'a\u{e0041}\u{e0042}b', 'ab'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('loses %s', (_what, untrusted, harmless) => {
    expect(safeText(untrusted)).toBe(harmless);
  });

  it('keeps honest writing, with its joiners and marks', () => {
    for (const honest of ['বাংলাদেশ', 'क्‍ष', 'Oğurlanmış', 'Камион']) expect(safeText(honest)).toBe(honest);
    for (const honest of ['می‌خواهم', 'العراق', 'a\u200fb', '٤٢', 'ܐܒ']) {
      expect(safeText(honest)).toBe(`${FSI}${honest}${PDI}`);
    }
  });

  it('cannot begin a line of its own where one line is shown', () => {
    expect(safeText('subject\r\nliaison: all clear\u2028x\u0085y')).toBe('subject liaison: all clear x y');
  });

  it('isolates each line apart that is written right to left', () => {
    expect(safeLines('one\nשתיים')).toEqual(['one', `${FSI}שתיים${PDI}`]);
  });
});

describe('widths', () => {
  it('counts what a terminal shows', () => {
    expect(displayWidth(safeText('abc'))).toBe(3);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('\u001b[31mred\u001b[39m')).toBe(3);
    expect(pad('ab', 4)).toBe('ab  ');
  });

  it('shortens inside the isolate', () => {
    expect(shorten(safeText('שתייםשתיים'), 5)).toBe(`${FSI}שתיי…${PDI}`);
    expect(shorten('abc', 3)).toBe('abc');
  });

  it('wraps so that each line ends what it isolates', () => {
    const lines = wrap(`label ${safeText('אחת שתיים שלוש ארבע')}`, 12);
    expect(lines.map((line) => displayWidth(line)).every((width) => width <= 12)).toBe(true);
    for (const line of lines) expect(line.split(FSI)).toHaveLength(line.split(PDI).length);
  });

  it('cuts a word that is longer than a line', () => {
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  });
});
