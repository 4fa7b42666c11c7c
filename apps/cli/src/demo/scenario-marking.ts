import type { Json, Marking } from '#liaison/protocol';
import type { Scenario } from './scenario-file.js';

/**
 * The marking that a scenario asks for. Axes that it leaves out stay empty; caveats that its facts call for are added:
 * `minor` where minors are counted, `victim-consent` where a victim's consent is recorded.
 */
export function markingOf(scenario: Scenario): Marking {
  const { classification, nationalMarking, handling, handlingText, tlp, pap } = scenario;
  return {
    classification,
    ...(nationalMarking !== undefined && { nationalMarking }),
    handling: handling ?? [],
    ...(handlingText !== undefined && { handlingText }),
    ...(tlp !== undefined && { tlp }),
    ...(pap !== undefined && { pap }),
    caveats: [...new Set([...(scenario.caveats ?? []), ...caveatsOfFacts(scenario)])],
  };
}

function caveatsOfFacts(scenario: Scenario): Marking['caveats'] {
  const facts = 'facts' in scenario ? scenario.facts : undefined;
  const minors = member(member(facts, 'migrants'), 'minors') ?? member(member(facts, 'victims'), 'minors');
  return [
    ...(typeof minors === 'number' && minors > 0 ? (['minor'] as const) : []),
    ...(member(facts, 'consent') === undefined ? [] : (['victim-consent'] as const)),
  ];
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, Json | undefined>>)[name];
}
