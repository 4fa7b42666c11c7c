import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** A BCP 47 tag that starts with an ISO 639 code: `bg`, `ckb`, `rom`. */
export const language = leafType({
  id: 'language',
  schema: () => z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/),
  normalise: (typed) => {
    const tag = trimmed(typed);
    return typeof tag === 'string' ? tag.replace(/^[A-Za-z]+/, (code) => code.toLowerCase()) : typed;
  },
  show: (value, { labels }) => ({ text: labels.languageName(value), direction: 'auto' }),
});
