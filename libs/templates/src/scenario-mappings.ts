import type { ScenarioMapping } from './scenario-mapping.js';

const MAPPINGS: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
  '01': () => import('../mappings/scenario-01.json', { with: { type: 'json' } }),
  '02': () => import('../mappings/scenario-02.json', { with: { type: 'json' } }),
  '03': () => import('../mappings/scenario-03.json', { with: { type: 'json' } }),
  '04': () => import('../mappings/scenario-04.json', { with: { type: 'json' } }),
  '05': () => import('../mappings/scenario-05.json', { with: { type: 'json' } }),
  '06': () => import('../mappings/scenario-06.json', { with: { type: 'json' } }),
  '07': () => import('../mappings/scenario-07.json', { with: { type: 'json' } }),
  '08': () => import('../mappings/scenario-08.json', { with: { type: 'json' } }),
};

/** @param scenario the two digits that a scenario's file name begins with. */
export async function scenarioMapping(scenario: string): Promise<ScenarioMapping | undefined> {
  const load = Object.hasOwn(MAPPINGS, scenario) ? MAPPINGS[scenario] : undefined;
  return load === undefined ? undefined : ((await load()).default as ScenarioMapping);
}
