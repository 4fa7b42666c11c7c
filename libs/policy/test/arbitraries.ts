import * as fc from 'fast-check';
import {
  Caveat,
  CLASSIFICATIONS,
  ContactPointId,
  HandlingCode,
  type Marking,
  RecordId,
  type SecurityAgreement,
} from '#liaison/protocol';
import { joined, type Consent, type Source } from '#liaison/policy';

const CONTACT_POINTS = ['bg', 'hu', 'iq', 'mk', 'pk'].map((id) => ContactPointId.parse(id));
export const contactPoint = fc.constantFrom(...CONTACT_POINTS);
export const contactPoints = fc.uniqueArray(contactPoint);
export const someContactPoints = fc.uniqueArray(contactPoint, { minLength: 1 });

/** Inside the days of every generated agreement. */
export const NOW = Date.parse('2026-11-21T18:00:00.000Z');

export const marking: fc.Arbitrary<Marking> = fc
  .record(
    {
      classification: fc.constantFrom(...CLASSIFICATIONS),
      handling: fc.subarray(HandlingCode.options),
      caveats: fc.subarray(Caveat.options),
      line: fc.constantFrom('for the court only', 'not to the press', 'a\nb', ' '),
      tlp: fc.constantFrom('RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR'),
      pap: fc.constantFrom('RED', 'AMBER', 'GREEN', 'CLEAR'),
      nationalMarking: fc.constantFrom('Секретно', 'Titkos!', 'eyes only'),
    },
    { requiredKeys: ['classification', 'handling', 'caveats', 'line'] },
  )
  .map(({ line, ...rest }) => ({ ...rest, ...(rest.handling.includes('H3') && { handlingText: line }) }));

export const consent: fc.Arbitrary<Consent> = fc.record({
  record: fc.uuid({ version: 7 }).map((id) => RecordId.parse(id)),
  by: contactPoint,
  act: fc.constantFrom('forward', 'grant', 'proceedings', 'export'),
  recipients: contactPoints,
  to: someContactPoints,
});

export const source: fc.Arbitrary<Source> = fc.record({
  originators: someContactPoints,
  marking: marking.map(joined),
  audience: someContactPoints,
  withdrawn: fc.boolean(),
  consents: fc.array(consent, { maxLength: 6 }),
});

const agreement: fc.Arbitrary<SecurityAgreement> = fc
  .record({ parties: fc.uniqueArray(contactPoint, { minLength: 2 }), upTo: fc.constantFrom(...CLASSIFICATIONS) })
  .map(({ parties, upTo }) => ({
    id: 'agreement',
    parties,
    upTo,
    source: 'test',
    validFrom: '2020-01-01',
    verified: false,
  }));
export const agreements = fc.array(agreement, { maxLength: 4 });
