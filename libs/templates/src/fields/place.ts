import type { CompositeType } from '../field-type.js';

export const place: CompositeType = {
  id: 'place',
  members: [
    { name: 'name', type: 'line', label: 'field.placeName' },
    { name: 'placeRole', type: 'code', codes: 'place-roles' },
    { name: 'country', type: 'country' },
    { name: 'address', type: 'line', maxLength: 400 },
    { name: 'position', type: 'position' },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
};
