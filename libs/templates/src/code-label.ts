import type { Shown } from './field-type.js';
import type { Labels } from './labels.js';

/** `other`, `unknown` and `online` read the same in all lists. The code itself where
 * it needs no label (`0-8`), and said to be unknown where it is of a list that this client does not have. */
export function codeLabel(labels: Labels, list: string, code: string): Shown {
  const key = [`code.${list}.${code}`, `code.any.${code}`].find((candidate) => labels.has(candidate));
  if (key !== undefined) return { text: labels.text(key), direction: 'auto' };
  if (labels.knowsCode(list, code)) return { text: code, direction: 'ltr' };
  return { text: labels.text('value.unknownCode', { code }), direction: 'auto' };
}
