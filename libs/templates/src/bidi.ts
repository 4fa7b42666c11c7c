import type { Direction } from './direction.js';
import { isolate } from './isolate.js';

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LEFT_TO_RIGHT =
  /(?![\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])[\p{L}\p{N}]/u;

/** Isolates words only where they could disturb text of that direction: plain English stays plain. */
export function isolateWithin(base: Direction, words: string): string {
  const foreign = base === 'ltr' ? RIGHT_TO_LEFT : LEFT_TO_RIGHT;
  return foreign.test(words) ? isolate(words) : words;
}

/** As its first letter runs; digits and signs alone run left to right. */
export function directionOf(words: string): Direction {
  const first = /\p{L}/u.exec(words)?.[0];
  return first !== undefined && RIGHT_TO_LEFT.test(first) ? 'rtl' : 'ltr';
}
