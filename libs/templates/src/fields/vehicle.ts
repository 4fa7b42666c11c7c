import type { Json } from '#liaison/protocol';
import { type CompositeType, doubt } from '../field-type.js';

export const vehicle: CompositeType = {
  id: 'vehicle',
  members: [
    { name: 'vehicleType', type: 'code', codes: 'vehicle-types' },
    { name: 'make', type: 'line' },
    { name: 'colour', type: 'line', maxLength: 60 },
    { name: 'plate', type: 'plate' },
    { name: 'trailerPlate', type: 'plate' },
    { name: 'vin', type: 'line', maxLength: 17 },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
  doubts: ({ vin }) => (isDoubtfulVin(vin) ? [doubt('vin')] : []),
};

/** ISO 3779: 17 characters without I, O and Q. Older vehicles have shorter numbers. */
function isDoubtfulVin(vin: Json | undefined): boolean {
  return typeof vin === 'string' && !/^[A-HJ-NPR-Z0-9]{17}$/.test(vin);
}
