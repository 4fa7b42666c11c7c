import { parsePhoneNumberFromString } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/max/metadata';
import * as z from 'zod';
import { doubt, leafType, trimmed } from '../field-type.js';

/** E.164 (`+359888000001`); a number without country code stays as it was read, with a doubt. */
export const phone = leafType({
  id: 'phone',
  schema: () => z.string().regex(/^(\+[1-9]\d{3,14}|[0-9*#]{2,20})$/),
  normalise: (typed) => {
    const read = trimmed(typed);
    if (typeof read !== 'string') return typed;
    const parsed = parsePhoneNumberFromString(read.replace(/^00/, '+'), metadata);
    return parsed?.number ?? read.normalize('NFKC').replaceAll(/[\s()./-]/g, '');
  },
  doubts: (value) => {
    if (!value.startsWith('+')) return [doubt('phone-national')];
    return parsePhoneNumberFromString(value, metadata)?.isValid() === true ? [] : [doubt('phone-plan')];
  },
  show: (value) => ({
    text: parsePhoneNumberFromString(value, metadata)?.formatInternational() ?? value,
    direction: 'ltr',
  }),
});
