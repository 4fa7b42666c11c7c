import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** A day of the Gregorian calendar, or as much as is known of it: `1980-01-31`, `1980-01`, `1980`. */
export const date = leafType({
  id: 'date',
  schema: () => z.union([z.iso.date(), z.string().regex(/^\d{4}(-(0[1-9]|1[0-2]))?$/)]),
  normalise: trimmed,
  show: (value) => ({ text: value, direction: 'ltr' }),
});
