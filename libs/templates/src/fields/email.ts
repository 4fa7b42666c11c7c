import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

export const email = leafType({
  id: 'email',
  schema: () =>
    z
      .string()
      .max(254)
      .regex(/^[^\s@\u0000-\u001f\u007f]{1,64}@[^\s@\u0000-\u001f\u007f]{1,253}$/),
  normalise: trimmed,
  show: (value) => ({ text: value, direction: 'ltr' }),
});
