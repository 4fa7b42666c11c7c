import type { Json } from '#liaison/protocol';
import { type CompositeType, doubt } from '../field-type.js';

export const vessel: CompositeType = {
  id: 'vessel',
  members: [
    { name: 'name', type: 'line', label: 'field.vesselName' },
    { name: 'vesselType', type: 'code', codes: 'vessel-types' },
    { name: 'imo', type: 'line', maxLength: 7 },
    { name: 'mmsi', type: 'line', maxLength: 9 },
    { name: 'callSign', type: 'line', maxLength: 10 },
    { name: 'flag', type: 'country' },
    { name: 'colour', type: 'line', maxLength: 60 },
    { name: 'homePort', type: 'line' },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
  doubts: ({ imo, mmsi }) => [
    ...(imo !== undefined && !isImo(imo) ? [doubt('imo')] : []),
    ...(typeof mmsi === 'string' && !/^\d{9}$/.test(mmsi) ? [doubt('mmsi')] : []),
  ],
};

/** Seven digits, the last of which is the last digit of the weighted sum of the others (IMO resolution A.1117). */
function isImo(imo: Json): boolean {
  if (typeof imo !== 'string' || !/^\d{7}$/.test(imo)) return false;
  const sum = Array.from(imo.slice(0, 6)).reduce((total, digit, index) => total + Number(digit) * (7 - index), 0);
  return sum % 10 === Number(imo.at(-1));
}
