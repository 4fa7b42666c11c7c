import type { ConsentAct, ContactPointId } from '#liaison/protocol';
import type { Source } from './source.js';

/** What one originator allows of a record and of all that it was made of. */
interface Coverage {
  readonly isGiven: boolean;
  readonly recipients: ReadonlySet<ContactPointId>;
}

const NOT_COVERED: Coverage = { isGiven: false, recipients: new Set() };

/**
 * Whom the source's originators together allow the actor to reach by this act: those that every one of them names. Nobody
 * needs to consent to having its own.
 */
export function consentedRecipients(
  source: Source,
  act: ConsentAct,
  actor: ContactPointId,
): (recipient: ContactPointId) => boolean {
  const asked = askedOf(source, act, actor);
  return (recipient) =>
    asked.every(({ originator, coverage }) => recipient === originator || coverage.recipients.has(recipient));
}

/** Whether every one of the source's originators lets the actor do what reaches nobody else. */
export function isConsentedTo(source: Source, act: ConsentAct, actor: ContactPointId): boolean {
  return askedOf(source, act, actor).every(({ coverage }) => coverage.isGiven);
}

function askedOf(source: Source, act: ConsentAct, actor: ContactPointId) {
  return source.originators
    .filter((originator) => originator !== actor)
    .map((originator) => ({ originator, coverage: coverageOf(source, { originator, act, actor }, new Map()) }));
}

interface Question {
  readonly originator: ContactPointId;
  readonly act: ConsentAct;
  readonly actor: ContactPointId;
}

/**
 * A record is covered by its originator's consent on that very record, or where each of its parts with information of
 * that originator is. So a consent on one record never frees another that it was compiled with.
 * @param known answers to the same question: each record is looked at once.
 */
function coverageOf(source: Source, question: Question, known: Map<Source, Coverage>): Coverage {
  const before = known.get(source);
  if (before !== undefined) return before;
  const own = ownCoverage(source, question);
  const coverage = united(own, coverageOfParts(source, question, known));
  known.set(source, coverage);
  return coverage;
}

function ownCoverage({ consents }: Source, { originator, act, actor }: Question): Coverage {
  const usable = consents.filter(
    (consent) => consent.by === originator && consent.act === act && consent.to.includes(actor),
  );
  if (usable.length === 0) return NOT_COVERED;
  return { isGiven: true, recipients: new Set(usable.flatMap(({ recipients }) => recipients)) };
}

function coverageOfParts(
  { parts = [], added = [] }: Source,
  question: Question,
  known: Map<Source, Coverage>,
): Coverage {
  const { originator } = question;
  if (added.includes(originator)) return NOT_COVERED;
  let all: Coverage | undefined;
  for (const part of parts) {
    if (!part.originators.includes(originator)) continue;
    const coverage = coverageOf(part, question, known);
    if (!coverage.isGiven) return NOT_COVERED;
    all = all === undefined ? coverage : { isGiven: true, recipients: shared(all.recipients, coverage.recipients) };
  }
  return all ?? NOT_COVERED;
}

function united(a: Coverage, b: Coverage): Coverage {
  if (!a.isGiven || !b.isGiven) return a.isGiven ? a : b;
  return { isGiven: true, recipients: new Set([...a.recipients, ...b.recipients]) };
}

function shared<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a].filter((value) => b.has(value)));
}
