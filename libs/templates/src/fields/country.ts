import * as z from 'zod';
import { alpha2Of, isCountry } from '../countries.js';
import { leafType, trimmed } from '../field-type.js';

/** ISO 3166-1 alpha-2, `XK`, or the ICAO 9303 codes of people without a state (`XXA`, `XXB`, `XXC`, `XXX`). */
export const country = leafType({
  id: 'country',
  schema: () => z.string().refine(isCountry),
  normalise: (typed) => {
    const code = trimmed(typed);
    return typeof code === 'string' ? alpha2Of(code.toUpperCase()) : typed;
  },
  show: (value, { labels }) => ({
    text: labels.has(`country.${value}`) ? labels.text(`country.${value}`) : labels.country(value),
    direction: 'auto',
  }),
});
