import { parse } from 'mrz';
import * as z from 'zod';
import { doubt, leafType } from '../field-type.js';

/** The machine readable zone of a travel document (ICAO 9303): two or three lines, as printed. */
export const mrz = leafType({
  id: 'mrz',
  schema: () => z.string().regex(/^[A-Z0-9<]{30,44}(\n[A-Z0-9<]{30,44}){1,2}$/),
  normalise: (typed) =>
    typeof typed === 'string'
      ? typed
          .toUpperCase()
          .split(/\s*\n\s*/)
          .map((row) => row.replaceAll(' ', ''))
          .filter((row) => row !== '')
          .join('\n')
      : typed,
  doubts: (value) => (isSound(value) ? [] : [doubt('check-digits')]),
  show: (value) => ({ text: value, direction: 'ltr' }),
});

function isSound(zone: string): boolean {
  try {
    return parse(zone.split('\n')).details.every(({ field, valid }) => valid || field?.endsWith('CheckDigit') !== true);
  } catch {
    return false;
  }
}
