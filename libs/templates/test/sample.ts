import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Classification,
  ContentBody,
  type Json,
  LanguageTag,
  Marking,
  Priority,
  RecordHeader,
} from '#liaison/protocol';
import * as z from 'zod';
import {
  mapScenario,
  type MappedRecord,
  type RenderRequest,
  scenarioMapping,
  templateOf,
  validateFacts,
} from '../src/index.js';

const SCENARIOS = fileURLToPath(new URL('../../../scenarios/', import.meta.url));

const Scenario = z.looseObject({
  from: z.string().default('hu'),
  language: LanguageTag.default('en'),
  classification: Classification,
  nationalMarking: z.string().optional(),
  handling: z.array(z.string()).default([]),
  tlp: z.string().optional(),
  pap: z.string().optional(),
  priority: Priority.default('routine'),
  subject: z.string().default('JIT Balkan Axle'),
  sourceEvaluation: z.string().optional(),
  informationEvaluation: z.string().optional(),
});

/** What a client would hold of a scenario: one header and one body a record. */
export async function recordsOf(file: string): Promise<readonly Pick<RenderRequest, 'header' | 'body'>[]> {
  const json = JSON.parse(readFileSync(`${SCENARIOS}${file}`, 'utf8')) as Json;
  const mapping = await scenarioMapping(file.slice(0, 2));
  if (mapping === undefined) throw new Error(`no mapping for ${file}`);
  const scenario = Scenario.parse(json);
  return mapScenario(mapping, json).map((record, index) => ({
    header: headerOf(scenario, record, index),
    body: bodyOf(scenario, record),
  }));
}

function headerOf(scenario: z.infer<typeof Scenario>, record: MappedRecord, index: number): RecordHeader {
  const { classification, nationalMarking, handling, tlp, pap } = scenario;
  return RecordHeader.parse({
    v: 1,
    id: `0193${index}000-0000-7000-8000-000000000001`,
    channel: '01930000-0000-7000-8000-0000000000ff',
    epoch: 1,
    kind: record.kind,
    sender: `${scenario.from}:officer:desk-1`,
    sentAt: '2026-11-21T18:00:00.000Z',
    marking: Marking.parse({ classification, nationalMarking, handling, tlp, pap, caveats: [] }),
    priority: scenario.priority,
    retention: { reviewDays: 180 },
    attachments: [],
    bodySize: 1000,
    seen: { seq: 0, chain: 'A'.repeat(43) },
  });
}

function bodyOf(
  { language, subject, sourceEvaluation, informationEvaluation }: z.infer<typeof Scenario>,
  record: MappedRecord,
): ContentBody {
  const template = templateOf(record.template.id, record.template.version);
  if (template === undefined) throw new Error(`no template ${record.template.id}`);
  const { facts } = validateFacts(template, record.facts);
  const { id, version } = template;
  const grades = {
    ...(sourceEvaluation && { sourceEvaluation }),
    ...(informationEvaluation && { informationEvaluation }),
  };
  return ContentBody.parse({ v: 1, type: 'content', language, subject, ...grades, template: { id, version }, facts });
}
