import type { CompositeType } from '../field-type.js';

/** An instrument of the list, or one in words. */
export const legalBasis: CompositeType = {
  id: 'legal-basis',
  members: [
    { name: 'instrument', type: 'code', codes: 'legal-instruments' },
    { name: 'provision', type: 'line', maxLength: 300 },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
};
