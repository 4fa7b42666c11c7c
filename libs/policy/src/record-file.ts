import type { ChannelId, ConsentTerms, ContactPointId, Marking, RecordId, RecordKind } from '#liaison/protocol';
import { consentsInForce, type ConsentRecord } from './consents.js';
import { isAtLeastAsStrict, joinMarkings, type JoinedMarking } from './marking-order.js';
import type { Target } from './may-decide.js';
import { UNKNOWN_ORIGIN, type Source } from './source.js';

export interface RecordRef {
  readonly channel: ChannelId;
  readonly record: RecordId;
}

/** What an originator, or somebody who asks, has said of a record, in its channel. */
export interface Statement {
  readonly id: RecordId;
  readonly kind: 'marking' | 'withdrawal' | 'consent';
  readonly by: ContactPointId;
  /** Of kind `marking`: the record's new one. */
  readonly marking: Marking;
  /** Of kind `consent`. */
  readonly terms?: ConsentTerms;
}

/** A record by its header, with what was said of it since. */
export interface FiledRecord extends RecordRef {
  readonly kind: RecordKind;
  readonly sentBy: ContactPointId;
  /** As it was sent. */
  readonly marking: Marking;
  /** `releasableTo` of its header, or of its channel. */
  readonly releasableTo: readonly ContactPointId[];
  /** Whether it is of an exercise. */
  readonly exercise: boolean;
  readonly derivedFrom: readonly RecordRef[];
  /** In the order of the channel. */
  readonly statements: readonly Statement[];
}

/** The records at hand. */
export type RecordFile = (ref: RecordRef) => FiledRecord | undefined;

export interface Standing {
  readonly source: Source;
  readonly target: Target;
  /** The record's own, as marked now. */
  readonly marking: Marking;
  /** What it was made of, as marked now; undefined for an original. */
  readonly madeOf?: JoinedMarking;
  /** False where a record that it goes back to is not at hand. */
  readonly complete: boolean;
}

/** Records that one may go back to, all generations together. */
export const MOST_SOURCES = 256;

/** Generations that a record may go back, each counted by the shortest way to it. */
export const MOST_GENERATIONS = 16;

/** How records of a file stand: each is looked at once, however many go back to it. */
export type Standings = (ref: RecordRef) => Standing | undefined;

/** One question, to be asked of many records. @param at milliseconds since 1970. */
export function standingsIn(file: RecordFile, at: number): Standings {
  const resolution = new Resolution(file, at);
  return (ref) => resolution.standing(ref);
}

/** How a record stands now: marks, originators, withdrawal and consents of it and of all that it was made of. */
export function standingOf(file: RecordFile, ref: RecordRef, at: number): Standing | undefined {
  return standingsIn(file, at)(ref);
}

/** Whether these go back to more records, or further, than anybody looks. */
export function isTooMany(file: RecordFile, refs: readonly RecordRef[]): boolean {
  const seen = new Set<string>();
  let waiting = [...refs];
  for (let generation = 0; waiting.length > 0; generation += 1) {
    const fresh = distinct(waiting).filter((ref) => !seen.has(keyOf(ref)));
    for (const ref of fresh) seen.add(keyOf(ref));
    if (seen.size > MOST_SOURCES || (fresh.length > 0 && generation === MOST_GENERATIONS)) return true;
    waiting = fresh.flatMap((ref) => file(ref)?.derivedFrom ?? []);
  }
  return false;
}

/** Each once, in the order of their first mention. */
export function distinct(refs: readonly RecordRef[]): RecordRef[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()];
}

export function keyOf({ channel, record }: RecordRef): string {
  return `${channel}/${record}`;
}

/** A record that another was made of, where it is at hand: as it was sent, and as it stands. */
interface Part {
  readonly record: FiledRecord;
  readonly standing: Standing;
}

class Resolution {
  private readonly known = new Map<string, Part | undefined>();

  constructor(
    private readonly file: RecordFile,
    private readonly at: number,
  ) {}

  standing(ref: RecordRef): Standing | undefined {
    return this.part(ref)?.standing;
  }

  private part(ref: RecordRef): Part | undefined {
    const key = keyOf(ref);
    if (this.known.has(key)) return this.known.get(key);
    // A record that claims to be made of itself is made of something that nobody has.
    this.known.set(key, undefined);
    const record = this.file(ref);
    const part = record === undefined ? undefined : { record, standing: this.resolve(record) };
    this.known.set(key, part);
    return part;
  }

  private resolve(record: FiledRecord): Standing {
    const refs = distinct(record.derivedFrom);
    const parts = refs.flatMap((ref) => this.part(ref) ?? []);
    const complete = parts.length === refs.length && parts.every(({ standing }) => standing.complete);
    const origin = originOf(record, parts, complete);
    const marking = markingNow(record, origin.originators);
    const withdrawn = isWithdrawn(record, origin.originators);
    const sources = parts.map(({ standing }) => standing.source);
    const source: Source = {
      ...origin,
      marking: joinMarkings([marking, ...sources.map((part) => part.marking)]),
      audience: audienceOf(record, sources),
      withdrawn: withdrawn || sources.some((part) => part.withdrawn),
      consents: consentsInForce(consentRecordsOf(record), this.at),
    };
    const { kind, sentBy } = record;
    const target: Target = { kind, sentBy, marking, originators: origin.originators, withdrawn };
    const madeOf = refs.length === 0 ? {} : { madeOf: joinMarkings(sources.map((part) => part.marking)) };
    return { source, target, marking, complete, ...madeOf };
  }
}

export function consentRecordsOf({ channel, record, statements }: FiledRecord): ConsentRecord[] {
  return statements.flatMap(({ id, by, terms }) =>
    terms === undefined ? [] : [{ id, channel, about: record, by, terms }],
  );
}

function originOf(
  record: FiledRecord,
  found: readonly Part[],
  complete: boolean,
): Pick<Source, 'originators' | 'parts' | 'added'> {
  if (record.derivedFrom.length === 0) return { originators: [record.sentBy] };
  const added = complete ? addedBy(record, found) : [UNKNOWN_ORIGIN];
  const parts = found.map(({ standing }) => standing.source);
  const originators = new Set([...parts.flatMap((part) => part.originators), ...added]);
  return { originators: [...originators].sort(), parts, added };
}

/**
 * Whoever marks a compilation more strictly than its parts has put something of its own into it. All as they were sent:
 * no later mark of a part makes the information somebody else's.
 */
function addedBy({ sentBy, marking }: FiledRecord, parts: readonly Part[]): ContactPointId[] {
  return isAtLeastAsStrict(joinMarkings(parts.map((part) => part.record.marking)), marking) ? [] : [sentBy];
}

function audienceOf({ releasableTo }: FiledRecord, sources: readonly Source[]): ContactPointId[] {
  const audiences = sources.map(({ audience }) => new Set(audience));
  return releasableTo.filter((point) => audiences.every((audience) => audience.has(point)));
}

/** The newest mark by an originator; one of several originators only tightens. */
function markingNow({ marking, statements }: FiledRecord, originators: readonly ContactPointId[]): Marking {
  const remarks = statements.filter(({ kind, by }) => kind === 'marking' && originators.includes(by));
  return remarks.reduce(
    (now, remark) => (originators.length === 1 || isAtLeastAsStrict(remark.marking, now) ? remark.marking : now),
    marking,
  );
}

function isWithdrawn({ sentBy, statements }: FiledRecord, originators: readonly ContactPointId[]): boolean {
  return statements.some(({ kind, by }) => kind === 'withdrawal' && (by === sentBy || originators.includes(by)));
}
