import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Json } from '#liaison/protocol';
import { mapScenario, scenarioMapping, templateOf, validateFacts } from '../src/index.js';

const FOLDER = fileURLToPath(new URL('../../../scenarios/', import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** What of a team's file goes into headers: who, which channel, which marks. */
const HEADER_MEMBERS = ['/kind', '/classification', '/handling'];

describe('scenarios become facts of forms', () => {
  it.each(FILES)('%s: nothing is lost, and every form is filled in rightly', async (file) => {
    const scenario = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Json;
    const mapping = await scenarioMapping(file.slice(0, 2));
    const records = mapping === undefined ? [] : mapScenario(mapping, scenario);
    expect(records.length).toBeGreaterThan(0);
    for (const {
      template: { id, version },
      kind,
      facts,
      left,
    } of records) {
      const template = templateOf(id, version)!;
      const checked = validateFacts(template, facts);
      expect({ id, errors: checked.problems.filter(({ severity }) => severity === 'error') }).toEqual({
        id,
        errors: [],
      });
      expect(template.kinds).toContain(kind);
      expect(left.filter((pointer) => !isElsewhere(pointer))).toEqual([]);
    }
  });
});

function isElsewhere(pointer: string): boolean {
  return [...HEADER_MEMBERS, '/tasks', '/evidence'].some(
    (member) => pointer === member || pointer.startsWith(`${member}/`),
  );
}
