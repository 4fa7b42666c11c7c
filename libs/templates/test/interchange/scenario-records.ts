import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Json } from '#liaison/protocol';
import type { ExportableRecord } from '../../src/interchange/carried-record.js';
import { mapScenario, scenarioMapping } from '../../src/index.js';
import { recordOf } from './fixtures.js';

const FOLDER = fileURLToPath(new URL('../../../../scenarios/', import.meta.url));
export const SCENARIOS = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** The records of the forms that a team's scenario becomes. */
export async function scenarioRecords(file: string): Promise<readonly ExportableRecord[]> {
  const scenario = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Json;
  const mapping = await scenarioMapping(file.slice(0, 2));
  const records = mapping === undefined ? [] : mapScenario(mapping, scenario);
  return records.map(({ kind, template, facts }) => recordOf({ template, facts }, { kind }));
}
