/** Stands where a character was that a reader could not have seen, or that would have misled. */
const REPLACEMENT = '\ufffd';

/**
 * Controls (terminal escapes begin with one); embeddings, overrides and isolates of direction, which can show a text in another order than it
 * has; characters without width that join or hide; tag characters; private use; halves of surrogate pairs. Joiners of Arabic and Indic scripts
 * (U+200C, U+200D) and marks of direction (U+200E, U+200F, U+061C) stay: languages of ours need them.
 */
const MISLEADING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\ufdd0-\ufdef\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|\p{Cs}|\p{Co}/gu;

/** More marks on one letter than any script needs pile up over neighbouring lines. */
const MARKS = /(\p{M}{8})\p{M}+/gu;

/** White space of every script, and the empty Braille pattern, which looks like it. */
const BLANKS = /[\s\u2800]+/gu;

export interface Displayable {
  readonly text: string;
  /** True where something was replaced or left out: readers are told. */
  readonly isChanged: boolean;
}

/** Text of a record as it may be put before a reader: words, line breaks, tabs as blanks. What is kept elsewhere stays as it was sent. */
export function displayable(untrusted: string): Displayable {
  const text = untrusted
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replaceAll(MISLEADING, (char) => (char === REPLACEMENT ? char : REPLACEMENT))
    .replaceAll(MARKS, `$1${REPLACEMENT}`);
  return { text, isChanged: text !== untrusted.replaceAll('\r\n', '\n').replaceAll('\t', ' ') };
}

/**
 * As {@link displayable}, for places of one line: names, titles, marks. A line break in one of them could start a line that looks like ours,
 * such as a section of marks. Runs of white space become one blank.
 */
export function displayableLine(untrusted: string): Displayable {
  const { text, isChanged } = displayable(untrusted);
  return { text: text.replaceAll(BLANKS, ' ').trim(), isChanged: isChanged || text.includes('\n') };
}
