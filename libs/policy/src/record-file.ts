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

/** How a record stands now: marks, originators, withdrawal and consents of it and of all that it was made of. */
export function standingOf(file: RecordFile, ref: RecordRef, at: number): Standing | undefined {
  return new Resolution(file, at).standing(ref);
}

/** Whether these go back to more records than anybody looks through. */
export function isTooMany(file: RecordFile, refs: readonly RecordRef[]): boolean {
  const seen = new Set<string>();
  let waiting = [...refs];
  while (waiting.length > 0 && seen.size <= MOST_SOURCES) {
    const fresh = waiting.filter((ref) => !seen.has(keyOf(ref)));
    for (const ref of fresh) seen.add(keyOf(ref));
    waiting = fresh.flatMap((ref) => file(ref)?.derivedFrom ?? []);
  }
  return seen.size > MOST_SOURCES;
}

export function keyOf({ channel, record }: RecordRef): string {
  return `${channel}/${record}`;
}

/** One question: each record is looked at once. */
class Resolution {
  private readonly known = new Map<string, Standing | undefined>();

  constructor(
    private readonly file: RecordFile,
    private readonly at: number,
  ) {}

  standing(ref: RecordRef): Standing | undefined {
    const key = keyOf(ref);
    if (this.known.has(key)) return this.known.get(key);
    // A record that claims to be made of itself is made of something that nobody has.
    this.known.set(key, undefined);
    const record = this.file(ref);
    const standing = record === undefined ? undefined : this.resolve(record);
    this.known.set(key, standing);
    return standing;
  }

  private resolve(record: FiledRecord): Standing {
    const parts = record.derivedFrom.map((ref) => this.standing(ref));
    const found = parts.filter((part) => part !== undefined);
    const complete = found.length === parts.length && found.every((part) => part.complete);
    const originators = originatorsOf(record, found, complete);
    const marking = markingNow(record, originators);
    const sources = found.map(({ source }) => source);
    const source: Source = {
      originators,
      marking: joinMarkings([marking, ...sources.map((part) => part.marking)]),
      audience: record.releasableTo.filter((point) => sources.every(({ audience }) => audience.includes(point))),
      withdrawn: isWithdrawn(record, originators) || sources.some(({ withdrawn }) => withdrawn),
      consents: [...consentsInForce(consentRecordsOf(record), this.at), ...sources.flatMap(({ consents }) => consents)],
    };
    const target: Target = {
      kind: record.kind,
      sentBy: record.sentBy,
      marking,
      originators,
      withdrawn: isWithdrawn(record, originators),
    };
    const madeOf = parts.length === 0 ? {} : { madeOf: joinMarkings(sources.map((part) => part.marking)) };
    return { source, target, marking, complete, ...madeOf };
  }
}

export function consentRecordsOf({ channel, record, statements }: FiledRecord): ConsentRecord[] {
  return statements.flatMap(({ id, by, terms }) =>
    terms === undefined ? [] : [{ id, channel, about: record, by, terms }],
  );
}

function originatorsOf(record: FiledRecord, parts: readonly Standing[], complete: boolean): ContactPointId[] {
  if (record.derivedFrom.length === 0) return [record.sentBy];
  const known = parts.flatMap(({ source }) => source.originators);
  return [...new Set(complete ? known : [...known, UNKNOWN_ORIGIN])].sort();
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
