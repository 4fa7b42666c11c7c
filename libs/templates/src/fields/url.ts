import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** An address on the web or in an application. Readers see it as text, never as a link: a click could warn the other side. */
export const url = leafType({
  id: 'url',
  schema: () =>
    z
      .string()
      .max(2000)
      .regex(/^[a-z][a-z0-9+.-]{1,20}:[^\s\u0000-\u001f\u007f]+$/i)
      .refine((address) => !/^(javascript|data|vbscript):/i.test(address)),
  normalise: (typed) => {
    const address = trimmed(typed);
    return typeof address === 'string' ? address.replace(/^hxxp/i, 'http').replaceAll('[.]', '.') : typed;
  },
  show: (value) => ({ text: value, direction: 'ltr' }),
});
