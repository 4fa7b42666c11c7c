import type { Direction } from './direction.js';

export const LEFT_TO_RIGHT_ISOLATE = '\u2066';
export const RIGHT_TO_LEFT_ISOLATE = '\u2067';
export const FIRST_STRONG_ISOLATE = '\u2068';
export const POP_ISOLATE = '\u2069';

/** Keeps the direction of `words` from reordering what stands around them (UAX #9). */
export function isolate(words: string): string {
  return `${FIRST_STRONG_ISOLATE}${words}${POP_ISOLATE}`;
}

/** As `isolate`, where the direction is known. */
export function isolateAs(direction: Direction, words: string): string {
  return `${direction === 'rtl' ? RIGHT_TO_LEFT_ISOLATE : LEFT_TO_RIGHT_ISOLATE}${words}${POP_ISOLATE}`;
}
