import { describe, expect, it } from '@jest/globals';
import type { Json, Marking } from '#liaison/protocol';
import { exportMisp, exportStix } from '../../src/index.js';
import { factLines } from '../../src/interchange/fact-lines.js';
import { recordOf, SMUGGLING } from './fixtures.js';

const MARKING: Marking = {
  ...SMUGGLING.header.marking,
  pap: 'GREEN',
  handling: ['H0', 'H3'],
  handlingText: 'only this fact',
};
const OPEN: Marking = { ...MARKING, handlingText: 'all\nonly this fact' };

/** Values that stand in the facts once, so that where they turn up in a document, it is they. Digests lose the name of their algorithm. */
const LEAVES = factLines(SMUGGLING.body.facts, new Set())
  .map(({ pointer, text }) => ({ pointer, text: text.replace('sha-256:', '') }))
  .filter(({ text }, _, all) => text.length >= 6 && all.filter((other) => other.text.includes(text)).length === 1);

const marked = (pointer: string) =>
  recordOf({ ...SMUGGLING.body, factMarkings: { [pointer]: MARKING } }, { marking: OPEN });

describe('a marked fact is marked wherever it turns up', () => {
  it('there are facts of many kinds to try', () => {
    expect(LEAVES.length).toBeGreaterThan(25);
  });

  it.each(LEAVES)('STIX: $pointer', ({ pointer, text }) => {
    const { objects } = exportStix(marked(pointer), { carryRecord: false }).bundle;
    const mark =
      objects.find(({ definition }) => JSON.stringify(definition ?? null).endsWith('| only this fact"}'))?.id ?? 'none';
    const showing = objects.filter(
      (object) =>
        object.type !== 'extension-definition' && JSON.stringify(object).includes(JSON.stringify(text).slice(1, -1)),
    );
    expect(showing.length).toBeGreaterThan(0);
    for (const object of showing)
      expect(refsOf(object['object_marking_refs'], object['granular_markings'])).toContain(mark);
  });

  it.each(LEAVES)('MISP: $pointer', ({ pointer, text }) => {
    const { Attribute, Object: objects } = exportMisp(marked(pointer), { carryRecord: false }).event.Event;
    const all = [...Attribute, ...objects.flatMap((object) => object.Attribute)];
    const showing = all.filter(({ value }) => value.includes(text));
    expect(showing.length).toBeGreaterThan(0);
    for (const { Tag } of showing) expect(Tag).toContainEqual({ name: 'liaison:handling-text="only this fact"' });
  });
});

function refsOf(whole: Json | undefined, granular: Json | undefined): string {
  return JSON.stringify([whole, granular]);
}
