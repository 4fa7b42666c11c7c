import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { exportStix, importStix, templates } from '../../src/index.js';
import { factsOf } from './arbitrary-facts.js';
import { recordOf, SMUGGLING } from './fixtures.js';
import { SCENARIOS, scenarioRecords } from './scenario-records.js';

describe('a record goes to STIX and comes back', () => {
  it.each(SCENARIOS)('%s without loss', async (file) => {
    for (const record of await scenarioRecords(file)) {
      const { draft, notes } = importStix(JSON.stringify(exportStix(record).bundle));
      expect(draft).toMatchObject({ kind: record.header.kind, marking: record.header.marking });
      expect(draft.body).toEqual(record.body);
      expect(notes.map(({ code }) => code)).toEqual(['unverified']);
    }
  });

  it('with translations, evaluation and marks of single facts', () => {
    const { bundle, losses } = exportStix(SMUGGLING);
    const { draft, notes, origin } = importStix(JSON.stringify(bundle));
    expect(losses).toEqual([]);
    expect(draft.body).toEqual(SMUGGLING.body);
    expect(draft.releasableTo).toEqual(['bg', 'hu']);
    expect(origin).toMatchObject({ contactPoint: 'bg', id: SMUGGLING.header.id });
    expect(notes.map(({ code }) => code)).toEqual(['unverified']);
  });

  it.each(templates().map(({ id }) => id))('any facts of %s', (id) => {
    const template = templates().find((candidate) => candidate.id === id)!;
    fc.assert(
      fc.property(factsOf(template), (facts) => {
        const record = recordOf({ template: { id, version: template.version }, facts });
        const { draft, notes } = importStix(JSON.stringify(exportStix(record).bundle));
        expect(draft.body).toEqual(record.body);
        expect(notes).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });
});
