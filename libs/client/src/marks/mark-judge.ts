import {
  checkOf,
  decide,
  explainReasons,
  isConcerned,
  judgedBy,
  judgeRecord,
  mayCarryFacts,
  mayReach,
  reason,
  reasonsOf,
  recipientsOf,
  type Decision,
  type Reason,
} from '#liaison/policy';
import {
  contactPointOf,
  LiaisonError,
  type ContactPointId,
  type RecordBody,
  type RecordHeader,
  type SecurityAgreement,
} from '#liaison/protocol';
import type { ChannelState } from '../channel-state.js';
import type { Transaction } from '../transaction.js';
import type { Trust } from '../trust.js';
import { countriesOfOrigin } from './countries-of-origin.js';
import { releasedContent, releaseEvidence } from './release-evidence.js';
import { loadFile } from './stored-file.js';

export interface JudgedRecord {
  readonly header: RecordHeader;
  /** Absent where the content was erased. */
  readonly body?: RecordBody;
}

export interface JudgedIn {
  readonly transaction: Transaction;
  readonly trust: Trust;
  readonly state: ChannelState;
  /** Contact points of the channel's members, and whoever else is reached. */
  readonly members: Iterable<ContactPointId>;
  readonly agreements: readonly SecurityAgreement[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds since 1970: what was taken back or marked anew after it does not count, for the sender could not know it. */
  readonly asOf?: number;
}

/** What marks, consents and four eyes have against a record, by what this device holds. */
export async function judge(record: JudgedRecord, judged: JudgedIn, unknown: 'refuse' | 'pass'): Promise<Decision> {
  const { header, body } = record;
  const { state, transaction, trust, members, agreements, at, asOf } = judged;
  const content = againstContent(record, judged);
  if (!isConcerned(header, state.profile)) return decide(content);
  const release = releaseEvidence(header, trust, at);
  const decision = judgeRecord({
    header,
    profile: state.profile,
    actor: { contactPoint: contactPointOf(header.sender) },
    members,
    file: await loadFile(transaction, judgedBy(header), asOf),
    unknown,
    ...(release && { release }),
    agreements,
    at,
  });
  const changed = header.release !== undefined && body !== undefined && !isReleased(header.release.content, body);
  return decide([...reasonsOf(decision), ...content, changed ? reason('release-content') : undefined]);
}

/** What only who reads the body can see. */
function againstContent({ header, body }: JudgedRecord, { state, members, at }: JudgedIn): readonly Reason[] {
  if (body?.type !== 'content') return [];
  const facts = reasonsOf(mayCarryFacts(header.marking, body.factMarkings));
  if (!header.marking.caveats.includes('asylum-seeker')) return facts;
  const reaching = mayReach({
    actor: { contactPoint: contactPointOf(header.sender) },
    marking: header.marking,
    recipients: recipientsOf(state.profile, members, header.releasableTo),
    countriesOfOrigin: countriesOfOrigin(body.facts),
    agreements: [],
    at,
  });
  return [...facts, ...reasonsOf(reaching).filter(({ code }) => code === 'asylum-origin')];
}

function isReleased(content: string, body: RecordBody): boolean {
  return (body.type === 'content' || body.type === 'translation') && releasedContent(body) === content;
}

/** @param code `not-allowed` for what this officer wants to do, `integrity` for what somebody else did. */
export function refusalOf(reasons: readonly Reason[], code: 'not-allowed' | 'integrity'): LiaisonError {
  return new LiaisonError(code, explainReasons(reasons), { check: checkOf(reasons) });
}
