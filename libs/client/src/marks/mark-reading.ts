import { isConcerned, isConcernedLater, mayRead, reasonsOf, recipientsOf, type Reason } from '#liaison/policy';
import {
  contactPointOf,
  isWithin,
  type ChannelId,
  type ContactPointId,
  type RecordBody,
  type SecurityAgreement,
} from '#liaison/protocol';
import type { ChannelReading } from '../channel-reading.js';
import type { OpenedRecord } from '../record-pipeline.js';
import { MARK_KEYS } from './mark-keys.js';
import { contactPointsOf } from '../group-policy.js';
import { judge, refusalOf, type JudgedIn, type JudgedRecord } from './mark-judge.js';
import { saidBy, statementsAbout, storeStatement, type SaidRecord } from './stored-statement.js';
import { heedTranslation, heedWithdrawal } from './withdrawn.js';

/** Reasons that another channel, or a newer roster, may take away: judged once all of that was read. */
export const LATER: readonly Reason['code'][] = [
  'mark-too-lax',
  'no-agreement',
  'outside-releasability',
  'handling-h2',
  'tlp',
  'asylum-seeker',
  'death-penalty',
  'withdrawn',
  'too-many-sources',
];

/**
 * Marks, consents and four eyes of another member's record, before it is stored.
 * @throws LiaisonError `integrity` POL-01 to POL-17.
 */
export async function requireLawfulMarks(
  reading: ChannelReading,
  record: JudgedRecord & { readonly own: boolean },
): Promise<void> {
  const judged = judgedIn(reading);
  if (judged === undefined || record.own) return;
  const reasons = reasonsOf(await judge(record, judged, 'pass'));
  const now = reasons.filter(({ code }) => !LATER.includes(code));
  if (now.length > 0) throw refusalOf(now, 'integrity');
}

/** Bodies that hold what an officer wrote; others keep the channel going. */
const WRITTEN: readonly RecordBody['type'][] = ['content', 'translation', 'draft'];

/**
 * What keeps a lawful record from this device's officer: its content is not kept then. That is nobody's breach, for the sender
 * need not know this device's clearance or role.
 */
export async function againstReading(
  { device, transaction, channel: { state } }: ChannelReading,
  { channel, header, body }: OpenedRecord,
): Promise<readonly Reason[]> {
  if (!WRITTEN.includes(body.type)) return [];
  const { id, marking, sender, releasableTo } = header;
  const statements = await statementsAbout(transaction, channel, id);
  return reasonsOf(
    mayRead({
      actor: device,
      profile: state.profile,
      marking,
      ...(releasableTo && { releasableTo }),
      sentBy: contactPointOf(sender),
      withdrawn: statements.some(({ kind }) => kind === 'withdrawal'),
    }),
  );
}

/** The place of a record that is still to be judged, and what counted when it was read. */
export interface Unjudged {
  readonly channel: ChannelId;
  readonly seq: number;
  /** Channels of its sources. */
  readonly sources: readonly ChannelId[];
  /** Whom it reached. */
  readonly recipients: readonly ContactPointId[];
  /** Of a record above what goes without. */
  readonly agreements?: readonly SecurityAgreement[];
}

/** What a lawful record does to others: it is taken down as said of them, destroys them, or waits to be judged. */
export async function heedMarks(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const { transaction, channel } = reading;
  await heedTranslation(reading, record);
  if (!isConcerned(record.header, channel.state.profile)) return;
  if (isConcernedLater(record.header) && !record.own) {
    const before = (await transaction.getJson<Unjudged[]>(MARK_KEYS.unjudged)) ?? [];
    transaction.putJson(MARK_KEYS.unjudged, [...before, unjudgedEntry(reading, record)]);
  }
  await heedStatement(reading, saidBy(record));
}

/** Of a lawful record. */
export async function heedStatement(reading: ChannelReading, said: SaidRecord): Promise<void> {
  const about = storeStatement(reading.transaction, said);
  if (about !== undefined && said.header.kind === 'withdrawal') await heedWithdrawal(reading, said, about);
}

function unjudgedEntry(
  { channel: { state, group }, trust }: ChannelReading,
  { channel, seq, header }: OpenedRecord,
): Unjudged {
  const { derivedFrom = [], releasableTo, marking } = header;
  const members = group === undefined ? [] : contactPointsOf(group);
  const { agreements } = trust.roster;
  return {
    channel,
    seq,
    sources: [...new Set(derivedFrom.map((ref) => ref.channel))],
    recipients: recipientsOf(state.profile, members, releasableTo),
    ...(agreements !== undefined && !isWithin(marking.classification, 'RESTRICTED') && { agreements }),
  };
}

function judgedIn({ transaction, trust, channel: { state, group }, at }: ChannelReading): JudgedIn | undefined {
  if (group === undefined) return undefined;
  return { transaction, trust, state, members: contactPointsOf(group), agreements: trust.roster.agreements ?? [], at };
}
