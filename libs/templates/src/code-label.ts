import type { Shown } from './field-type.js';
import type { Labels } from './labels.js';

/** The code itself where no language has a label for it: codes such as `0-8` need none. */
export function codeLabel(labels: Labels, list: string, code: string): Shown {
  const key = `code.${list}.${code}`;
  return labels.has(key) ? { text: labels.text(key), direction: 'auto' } : { text: code, direction: 'ltr' };
}
