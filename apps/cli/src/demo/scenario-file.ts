import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import {
  Caveat,
  Classification,
  ContactPointId,
  ContentBody,
  explainIssues,
  HandlingCode,
  LiaisonError,
  Marking,
  Pap,
  Priority,
  RecordKind,
  Tlp,
} from '#liaison/protocol';
import { type FilledForm, formsOf } from './scenario-forms.js';

const marks = {
  classification: Classification,
  nationalMarking: Marking.shape.nationalMarking,
  handling: z.array(HandlingCode).optional(),
  handlingText: Marking.shape.handlingText,
  tlp: Tlp.optional(),
  pap: Pap.optional(),
  caveats: z.array(Caveat).optional(),
};

/** One record: from a desk to other desks, or to the whole community. */
const RecordScenario = z.strictObject({
  from: ContactPointId,
  to: z.union([z.tuple([z.literal('community')]), z.array(ContactPointId).min(1)]),
  coSign: ContactPointId.optional(),
  kind: RecordKind,
  lane: z.string().optional(),
  language: ContentBody.shape.language,
  ...marks,
  sourceEvaluation: ContentBody.shape.sourceEvaluation,
  informationEvaluation: ContentBody.shape.informationEvaluation,
  priority: Priority.optional(),
  clock: z.strictObject({ profile: z.string(), class: z.string(), urgencyGround: z.string().optional() }).optional(),
  subject: ContentBody.shape.subject,
  text: ContentBody.shape.text,
  facts: z.json().optional(),
});
export type RecordScenario = z.infer<typeof RecordScenario>;

const Task = z.object({ title: z.string(), owner: ContactPointId }).catchall(z.json());
const Exhibit = z.object({ exhibit: z.string(), what: z.string() }).catchall(z.json());

/** A joint investigation team: its agreement, its tasks and its evidence. */
const JitScenario = z.strictObject({
  kind: z.literal('jit'),
  name: z.string(),
  parties: z.array(ContactPointId).min(2),
  leaders: z.record(z.string(), z.string()),
  ...marks,
  period: z.strictObject({ from: z.string(), to: z.string() }),
  legalBasis: z.string(),
  purpose: z.string(),
  tasks: z.array(Task),
  evidence: z.array(Exhibit),
});
export type JitScenario = z.infer<typeof JitScenario>;

export type Scenario = RecordScenario | JitScenario;

/** A scenario and its records as filled-in forms, in the order in which they are sent; none where no mapping takes all that it says. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly forms: readonly FilledForm[];
}

export function isJit(scenario: Scenario): scenario is JitScenario {
  return scenario.kind === 'jit';
}

/** @throws LiaisonError `usage`: absent, not JSON, or not of the form that scenarios/README.md tells. */
export async function readScenario(path: string): Promise<ScenarioFile> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new LiaisonError('usage', `There is no readable scenario at ${path}: give the path of a JSON file.`, {
      cause,
    });
  }
  return { scenario: parseScenario(value, path), forms: await formsOf(basename(path), value) };
}

/** @param path as it stands in the message. @throws LiaisonError `usage`. */
export function parseScenario(value: unknown, path: string): Scenario {
  const schema = (value as { kind?: unknown } | null)?.kind === 'jit' ? JitScenario : RecordScenario;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `${path} is not a scenario: ${explainIssues(parsed.error)}.`);
}
