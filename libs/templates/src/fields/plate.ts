import * as z from 'zod';
import { alpha2Of, isCountry } from '../countries.js';
import { leafType, trimmed } from '../field-type.js';

/** A registration plate: `number` in the letters of the plate, one blank between groups; `country` that issued it. */
export const plate = leafType({
  id: 'plate',
  schema: () =>
    z.strictObject({
      number: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} -]{0,19}$/u),
      country: z.string().refine(isCountry).optional(),
    }),
  normalise: (typed) => {
    if (typeof typed === 'string') return { number: tidy(typed) };
    if (typeof typed !== 'object' || typed === null) return typed;
    const { number, country, ...rest } = typed as { number?: unknown; country?: unknown };
    const issuer = trimmed(country);
    return {
      ...rest,
      number: typeof number === 'string' ? tidy(number) : number,
      ...(issuer === undefined
        ? {}
        : { country: typeof issuer === 'string' ? alpha2Of(issuer.toUpperCase()) : issuer }),
    };
  },
  show: ({ number, country }) => ({
    text: country === undefined ? number : `${number} (${country})`,
    direction: 'ltr',
  }),
});

function tidy(number: string): string {
  return number.normalize('NFKC').trim().toUpperCase().replaceAll(/\s+/g, ' ');
}
