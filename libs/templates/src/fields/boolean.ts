import * as z from 'zod';
import { leafType } from '../field-type.js';

export const boolean = leafType({
  id: 'boolean',
  schema: () => z.boolean(),
  show: (value, { labels }) => ({ text: labels.text(value ? 'value.yes' : 'value.no'), direction: 'auto' }),
});
