import type { ContactPointId, ContentBody, Marking, Priority, RecordKind } from '#liaison/protocol';
import { clockOf, type WantedClock } from './scenario-clock.js';
import { isJit, type JitScenario, type RecordScenario, type ScenarioFile } from './scenario-file.js';
import type { FilledForm } from './scenario-forms.js';
import { markingOf } from './scenario-marking.js';

/** A record that somebody writes in the course of a scenario. */
export interface PlannedRecord {
  readonly from: ContactPointId;
  readonly kind: RecordKind;
  readonly marking: Marking;
  readonly priority: Priority;
  readonly clock?: WantedClock;
  readonly body: ContentBody;
  /** Which earlier record of the scenario it answers, counted from 0. */
  readonly inReplyTo?: number;
}

/** The records of a scenario in the order in which they are sent. */
export function recordsOf({ scenario, forms }: ScenarioFile): readonly PlannedRecord[] {
  return isJit(scenario) ? jitRecords(scenario, forms) : ordinaryRecords(scenario, forms);
}

function ordinaryRecords(scenario: RecordScenario, forms: readonly FilledForm[]): PlannedRecord[] {
  const clock = clockOf(scenario);
  const record: PlannedRecord = {
    from: scenario.from,
    kind: scenario.kind,
    marking: markingOf(scenario),
    priority: scenario.priority ?? 'routine',
    ...(clock && { clock }),
    body: bodyOf(scenario, formOf(forms, scenario.kind)),
  };
  return scenario.coSign === undefined ? [record] : [record, coSignature(record, scenario.coSign)];
}

/** @param index counted from 0 among the forms of that kind. */
function formOf(forms: readonly FilledForm[], kind: RecordKind, index = 0): FilledForm | undefined {
  return forms.filter((form) => form.kind === kind)[index];
}

function bodyOf(scenario: RecordScenario, form: FilledForm | undefined): ContentBody {
  const { language, subject, text, sourceEvaluation, informationEvaluation } = scenario;
  const facts = form?.facts ?? looseFacts(scenario);
  return {
    v: 1,
    type: 'content',
    language,
    subject,
    ...(text !== undefined && { text }),
    ...(sourceEvaluation !== undefined && { sourceEvaluation }),
    ...(informationEvaluation !== undefined && { informationEvaluation }),
    ...(form !== undefined && { template: form.template }),
    ...(facts !== undefined && { facts }),
  };
}

/** The lane (such as `victim`) says who at the desk takes it: a form says it by what it is, loose facts by a member. */
function looseFacts({ lane, facts }: RecordScenario): RecordScenario['facts'] {
  if (lane === undefined) return facts;
  const isObject = typeof facts === 'object' && facts !== null && !Array.isArray(facts);
  return isObject ? { ...facts, lane } : { lane, ...(facts !== undefined && { facts }) };
}

/** The second chair puts its name under the first one's record: a record of its own, in reply. */
function coSignature(record: PlannedRecord, from: ContactPointId): PlannedRecord {
  const { language, subject } = record.body;
  return {
    from,
    kind: 'cosign',
    marking: record.marking,
    priority: record.priority,
    body: { v: 1, type: 'content', language, subject, facts: { coSigns: record.from, kind: record.kind } },
    inReplyTo: 0,
  };
}

/** First the agreement by the first party, then a task by each owner, then each exhibit by who acquired it. */
function jitRecords(scenario: JitScenario, forms: readonly FilledForm[]): PlannedRecord[] {
  const { parties, name, purpose, leaders, period, legalBasis, tasks, evidence } = scenario;
  const [lead] = parties;
  if (lead === undefined) return [];
  const write = (
    from: ContactPointId,
    kind: RecordKind,
    subject: string,
    loose: ContentBody['facts'],
    form: FilledForm | undefined,
  ): PlannedRecord => ({
    from,
    kind,
    marking: markingOf(scenario),
    priority: 'routine',
    body: {
      v: 1,
      type: 'content',
      language: 'en',
      subject,
      ...(form === undefined ? { facts: loose } : { template: form.template, facts: form.facts }),
    },
    ...(kind !== 'message' && { inReplyTo: 0 }),
  });
  return [
    write(lead, 'message', name, { purpose, legalBasis, period, leaders, parties }, formOf(forms, 'message')),
    ...tasks.map((task, index) => write(task.owner, 'task', task.title, task, formOf(forms, 'task', index))),
    ...evidence.map((item, index) =>
      write(acquirer(item.exhibit, parties), 'evidence', item.what, item, formOf(forms, 'evidence', index)),
    ),
  ];
}

/** Exhibit numbers begin with the country that acquired them: `BG-2026-0093-02`. */
function acquirer(exhibit: string, parties: readonly ContactPointId[]): ContactPointId {
  const country = exhibit.slice(0, 2).toLowerCase();
  const found = parties.find((party) => party === country) ?? parties[0];
  return found as ContactPointId;
}
