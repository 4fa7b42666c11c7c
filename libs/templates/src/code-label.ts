import type { Shown } from './field-type.js';
import type { Labels } from './labels.js';

/** `other`, `unknown` and `online` read the same in all lists. The code itself where nobody has a label for it: `0-8` needs none. */
export function codeLabel(labels: Labels, list: string, code: string): Shown {
  const key = [`code.${list}.${code}`, `code.any.${code}`].find((candidate) => labels.has(candidate));
  return key === undefined ? { text: code, direction: 'ltr' } : { text: labels.text(key), direction: 'auto' };
}
