import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

const DEFAULT_MOST = 200;

/** One line that nobody translates: a name, a reference, a file number. */
export const line = leafType({
  id: 'line',
  most: DEFAULT_MOST,
  schema: (field) =>
    z
      .string()
      .min(1)
      .max(field.maxLength ?? DEFAULT_MOST)
      .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/),
  normalise: (typed) => (typeof typed === 'number' ? String(typed) : trimmed(typed)),
  show: (value) => ({ text: value, direction: 'own' }),
});
