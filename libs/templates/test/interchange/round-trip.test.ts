import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type ExportableRecord,
  exportMisp,
  exportStix,
  type Imported,
  importMisp,
  importStix,
  type Loss,
  templates,
} from '../../src/index.js';
import { factsOf } from './arbitrary-facts.js';
import { recordOf, SMUGGLING } from './fixtures.js';
import { SCENARIOS, scenarioRecords } from './scenario-records.js';

interface Format {
  readonly name: string;
  readonly thereAndBack: (record: ExportableRecord) => Imported & { readonly losses: readonly Loss[] };
}

const FORMATS: readonly Format[] = [
  {
    name: 'MISP',
    thereAndBack: (record) => {
      const { event, losses } = exportMisp(record);
      return { ...importMisp(JSON.stringify(event)), losses };
    },
  },
  {
    name: 'STIX',
    thereAndBack: (record) => {
      const { bundle, losses } = exportStix(record);
      return { ...importStix(JSON.stringify(bundle)), losses };
    },
  },
];

describe.each(FORMATS)('a record goes to $name and comes back', ({ thereAndBack }) => {
  it.each(SCENARIOS)('%s without loss', async (file) => {
    for (const record of await scenarioRecords(file)) {
      const { draft, notes } = thereAndBack(record);
      expect(draft).toMatchObject({ kind: record.header.kind, marking: record.header.marking });
      expect(draft.body).toEqual(record.body);
      expect(notes.map(({ code }) => code)).toEqual(['unverified']);
    }
  });

  it('with translations, evaluation and marks of single facts', () => {
    const { draft, notes, origin, losses } = thereAndBack(SMUGGLING);
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
        const { draft, notes } = thereAndBack(record);
        expect(draft.body).toEqual(record.body);
        expect(notes).toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });
});
