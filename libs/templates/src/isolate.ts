const FIRST_STRONG_ISOLATE = '\u2068';
const LEFT_TO_RIGHT_ISOLATE = '\u2066';
const POP_ISOLATE = '\u2069';

/** Keeps the direction of `words` from reordering what stands around them (UAX #9). */
export function isolate(words: string): string {
  return `${FIRST_STRONG_ISOLATE}${words}${POP_ISOLATE}`;
}

/** For references, numbers and addresses of machines. */
export function isolateLeftToRight(words: string): string {
  return `${LEFT_TO_RIGHT_ISOLATE}${words}${POP_ISOLATE}`;
}
