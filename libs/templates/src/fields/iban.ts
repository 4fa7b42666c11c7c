import { friendlyFormatIBAN, isValidIBAN } from 'ibantools';
import * as z from 'zod';
import { compact, doubt, leafType } from '../field-type.js';

/** ISO 13616, electronic format. */
export const iban = leafType({
  id: 'iban',
  schema: () => z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/),
  normalise: (typed) => {
    const account = compact(typed);
    return typeof account === 'string' ? account.toUpperCase() : typed;
  },
  doubts: (value) => (isValidIBAN(value) ? [] : [doubt('check-digits')]),
  show: (value) => ({ text: friendlyFormatIBAN(value) ?? value, direction: 'ltr' }),
});
