import * as z from 'zod';
import { leafType } from '../field-type.js';
import { isolateWithin } from '../bidi.js';

const stop = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/);

/** Places in the order of travel. */
export const route = leafType({
  id: 'route',
  schema: () => z.array(stop).min(1).max(40),
  normalise: (typed) => {
    const stops: unknown[] =
      typeof typed === 'string' ? typed.split(/\s*(?:→|->|–|—|;)\s*/) : Array.isArray(typed) ? typed : [];
    return stops.map((place) => (typeof place === 'string' ? place.normalize('NFC').trim() : place));
  },
  show: (stops, { labels }) => ({
    text: stops.map((place) => isolateWithin(labels.direction, place)).join(labels.direction === 'rtl' ? ' ← ' : ' → '),
    direction: 'auto',
  }),
});
