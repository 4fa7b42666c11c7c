import * as z from 'zod';
import { leafType, trimmed } from '../field-type.js';

/** An IPv4 or IPv6 address, or a block of them (`192.0.2.0/24`). */
export const ip = leafType({
  id: 'ip',
  schema: () => z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]),
  normalise: (typed) => {
    const address = trimmed(typed);
    return typeof address === 'string' ? address.toLowerCase() : typed;
  },
  show: (value) => ({ text: value, direction: 'ltr' }),
});
