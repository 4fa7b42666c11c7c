import * as z from 'zod';
import { leafType } from '../field-type.js';

/** `currency` is an ISO 4217 code. */
export const money = leafType({
  id: 'money',
  schema: () =>
    z.strictObject({
      amount: z.number().min(0).max(1e15),
      currency: z.string().regex(/^[A-Z]{3}$/),
    }),
  normalise: (typed) => {
    const written = typeof typed === 'string' ? /^(\d{1,15}(?:\.\d{1,2})?)\s*([A-Za-z]{3})$/.exec(typed.trim()) : null;
    return written === null ? typed : { amount: Number(written[1]), currency: (written[2] ?? '').toUpperCase() };
  },
  show: ({ amount, currency }, { labels }) => ({
    text: `${labels.number(amount)} ${currency} (${labels.currency(currency)})`,
    direction: 'auto',
  }),
});
