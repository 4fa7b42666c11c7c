import {
  type CarriedRecord,
  type ExportableRecord,
  type ExportOptions,
  type Loss,
  lossesOfEveryFormat,
} from './carried-record.js';
import type { FactLine } from './fact-lines.js';

const ENVELOPE = ['releasableTo', 'clock', 'derivedFrom', 'consent', 'attachments', 'retention', 'inReplyTo'] as const;

export interface Exported {
  readonly record: ExportableRecord;
  readonly carried: CarriedRecord;
  /** Facts that the format holds as words only. */
  readonly lines: readonly FactLine[];
  /** Why: what the format lacks. */
  readonly words: string;
}

/** Empty where the document holds everything. */
export function lossesOf({ record, carried, lines, words }: Exported, { carryRecord = true }: ExportOptions): Loss[] {
  return [...lossesOfEveryFormat(record), ...(carryRecord ? [] : lossesWithoutRecord(carried, lines, words))];
}

/** What the formats' own words do not hold, where the record itself does not travel with them. */
function lossesWithoutRecord(record: CarriedRecord, lines: readonly FactLine[], words: string): Loss[] {
  const { header, body } = record;
  return [
    ...ENVELOPE.filter((name) => header[name] !== undefined).map((name) => ({
      pointer: `/header/${name}`,
      reason: 'It is for Liaison alone: not given, or in words only.',
    })),
    ...(body.factMarkings === undefined
      ? []
      : [{ pointer: '/body/factMarkings', reason: 'They mark objects and attributes, not the facts of a form.' }]),
    ...(body.translations ?? []).map((_, index) => ({
      pointer: `/body/translations/${index}`,
      reason: 'The texts are given; when they were made is not.',
    })),
    ...lines.map(({ pointer }) => ({ pointer: `/body/facts${pointer}`, reason: words })),
  ];
}
