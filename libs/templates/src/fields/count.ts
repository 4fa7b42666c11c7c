import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** A whole number within the field's bounds. */
export const count = leafType({
  id: 'count',
  schema: (field) =>
    z
      .int()
      .min(field.min ?? 0)
      .max(field.max ?? Number.MAX_SAFE_INTEGER),
  normalise: (typed) => {
    const digits = trimmed(typed);
    return typeof digits === 'string' && /^-?\d{1,15}$/.test(digits) ? Number(digits) : typed;
  },
  show: (value, { labels }) => ({ text: labels.number(value), direction: 'auto' }),
});
