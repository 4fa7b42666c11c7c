import { text as textUpTo } from '#liaison/protocol';
import * as z from 'zod';
import { leafType } from '../field-type.js';

const DEFAULT_MOST = 4000;

/** Free text: in the language of the body, or `{ text, language }`. Translators translate it. */
export const text = leafType({
  id: 'text',
  most: DEFAULT_MOST,
  schema: (field) => {
    const words = textUpTo(field.maxLength ?? DEFAULT_MOST);
    const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);
    return z.union([words, z.strictObject({ text: words, language })]);
  },
  normalise: (typed) => {
    if (typeof typed === 'string') return tidy(typed);
    if (typeof typed !== 'object' || typed === null || !('text' in typed) || typeof typed.text !== 'string')
      return typed;
    return { ...typed, text: tidy(typed.text) };
  },
  show: (value) =>
    typeof value === 'string'
      ? { text: value, direction: 'auto', isFree: true }
      : { text: value.text, direction: 'auto', isFree: true, language: value.language },
});

function tidy(words: string): string {
  return words.replaceAll(/\r\n?/g, '\n').normalize('NFC').trim();
}
