import * as z from 'zod';
import { compact, doubt, leafType } from '../field-type.js';

/** 15 digits with check digit; 14 without it; 16 as IMEISV (3GPP TS 23.003 clause 6). */
export const imei = leafType({
  id: 'imei',
  schema: () => z.string().regex(/^\d{14,16}$/),
  normalise: compact,
  doubts: (value) => (value.length === 15 && !isLuhn(value) ? [doubt('check-digits')] : []),
  show: (value) => ({ text: value, direction: 'ltr' }),
});

function isLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}
