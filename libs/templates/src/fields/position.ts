import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** WGS 84 degrees; `radiusKm` says how sure the position is. */
export const position = leafType({
  id: 'position',
  schema: () =>
    z.strictObject({
      lat: z.number().min(-90).max(90),
      lon: z.number().min(-180).max(180),
      radiusKm: z.number().min(0).max(20_000).optional(),
    }),
  normalise: (typed) => {
    const words = trimmed(typed);
    const pair = typeof words === 'string' ? /^(-?\d{1,2}(?:\.\d+)?)[,;\s]+(-?\d{1,3}(?:\.\d+)?)$/.exec(words) : null;
    return pair === null ? typed : { lat: Number(pair[1]), lon: Number(pair[2]) };
  },
  show: ({ lat, lon, radiusKm }) => ({
    text: `${lat}, ${lon}${radiusKm === undefined ? '' : ` (± ${radiusKm} km)`}`,
    direction: 'ltr',
  }),
});
