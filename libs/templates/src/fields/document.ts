import type { CompositeType } from '../field-type.js';

/** An identity or travel document, or a series of blanks. */
export const document: CompositeType = {
  id: 'document',
  members: [
    { name: 'documentType', type: 'code', codes: 'document-types' },
    { name: 'documentState', type: 'code', codes: 'document-states' },
    { name: 'issuer', type: 'country', label: 'field.documentIssuer' },
    { name: 'number', type: 'line', label: 'field.documentNumber', maxLength: 60 },
    { name: 'serialFrom', type: 'line', maxLength: 60 },
    { name: 'serialTo', type: 'line', maxLength: 60 },
    { name: 'quantity', type: 'count' },
    { name: 'holder', type: 'line' },
    { name: 'issuedAt', type: 'date' },
    { name: 'validUntil', type: 'date' },
    { name: 'mrz', type: 'mrz' },
    { name: 'notes', type: 'text', maxLength: 2000 },
  ],
};
