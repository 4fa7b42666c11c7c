import type { Json } from '#liaison/protocol';
import { type CompositeType, doubt } from '../field-type.js';

export const person: CompositeType = {
  id: 'person',
  members: [
    { name: 'role', type: 'code', codes: 'person-roles', label: 'field.personRole' },
    { name: 'surname', type: 'line' },
    { name: 'givenNames', type: 'line' },
    { name: 'name', type: 'line', label: 'field.personName' },
    { name: 'aliases', type: 'line', many: 20 },
    { name: 'sex', type: 'code', codes: 'sex' },
    { name: 'born', type: 'date' },
    { name: 'birthPlace', type: 'line' },
    { name: 'approximateAge', type: 'count', max: 120 },
    { name: 'ageGroup', type: 'code', codes: 'age-groups' },
    { name: 'nationalities', type: 'country', many: 6 },
    { name: 'languages', type: 'language', many: 10 },
    { name: 'documents', type: 'document', many: 10 },
    { name: 'phones', type: 'phone', many: 10 },
    { name: 'emails', type: 'email', many: 10 },
    { name: 'accounts', type: 'account', many: 10 },
    { name: 'address', type: 'place' },
    { name: 'description', type: 'text', label: 'field.description', maxLength: 2000 },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
  doubts: (value) => (hasName(value) ? [] : [doubt('nameless')]),
};

function hasName(value: { readonly [member: string]: Json | undefined }): boolean {
  return ['surname', 'givenNames', 'name', 'aliases', 'documents', 'description'].some(
    (member) => value[member] !== undefined,
  );
}
