import { isConcerned, isConcernedLater, reasonsOf, type Reason } from '#liaison/policy';
import type { ChannelId } from '#liaison/protocol';
import type { ChannelReading } from '../channel-reading.js';
import type { OpenedRecord } from '../record-pipeline.js';
import { MARK_KEYS } from './mark-keys.js';
import { judge, refusalOf, type JudgedIn } from './mark-judge.js';
import { storeStatement } from './stored-statement.js';
import { heedWithdrawal } from './withdrawn.js';

/** Reasons that another channel, or a newer roster, may take away: judged once all of that was read. */
const LATER: readonly Reason['code'][] = [
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
export async function requireLawfulMarks(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const judged = judgedIn(reading);
  if (judged === undefined || record.own) return;
  const reasons = reasonsOf(await judge(record, judged, 'pass'));
  const now = reasons.filter(({ code }) => !LATER.includes(code));
  if (now.length > 0) throw refusalOf(now, 'integrity');
}

/** The place of a record that is still to be judged. */
export interface Unjudged {
  readonly channel: ChannelId;
  readonly seq: number;
}

/** What a lawful record does to others: it is taken down as said of them, destroys them, or waits to be judged. */
export async function heedMarks(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const { transaction, channel } = reading;
  if (!isConcerned(record.header, channel.state.profile)) return;
  if (isConcernedLater(record.header) && !record.own) {
    const before = (await transaction.getJson<Unjudged[]>(MARK_KEYS.unjudged)) ?? [];
    transaction.putJson(MARK_KEYS.unjudged, [...before, { channel: record.channel, seq: record.seq }]);
  }
  const about = await storeStatement(transaction, record);
  if (about !== undefined && record.header.kind === 'withdrawal') await heedWithdrawal(reading, record, about);
}

export function judgedIn({ transaction, trust, channel: { state, group }, at }: ChannelReading): JudgedIn | undefined {
  return group === undefined ? undefined : { transaction, trust, state, group, at };
}
