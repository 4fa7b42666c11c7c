import type { ChannelView, LiaisonClient, RecordView } from '#liaison/client';
import { type ContactPointId, contactPointOf, LiaisonError, type RecordId } from '#liaison/protocol';
import { type ContentRecord, isContent } from './inbox.js';
import { channelName } from '../answers/channel-answer.js';
import { type FailedView, isErased, unshown, type UnshownRecord } from './unshown-records.js';
import { idByPrefix } from './short-ids.js';

const PAGE = 500;

/** Everything of a channel that this device holds, in order. */
export async function channelRecords(
  client: Pick<LiaisonClient, 'records'>,
  channel: Pick<ChannelView, 'id'>,
): Promise<RecordView[]> {
  const all: RecordView[] = [];
  let afterSeq = 0;
  for (;;) {
    const page = await client.records(channel.id, { afterSeq, limit: PAGE });
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return all;
    afterSeq = last.outcome === 'opened' ? last.record.seq : last.seq;
  }
}

/** What this device holds of the channels: what was written, and what could not be opened. */
export interface Holdings {
  readonly content: readonly ContentRecord[];
  readonly failures: readonly {
    readonly channel: ChannelView;
    readonly view: FailedView;
  }[];
  /** What retention has erased, and failures of which the header can be read. */
  readonly unshown: readonly UnshownRecord[];
}

export async function holdings(client: LiaisonClient, channels: readonly ChannelView[]): Promise<Holdings> {
  const content: ContentRecord[] = [];
  const hidden: UnshownRecord[] = [];
  const failures: { channel: ChannelView; view: FailedView }[] = [];
  for (const channel of channels) {
    const present = await presentIn(client, channel);
    for (const view of await channelRecords(client, channel)) {
      if (view.outcome === 'failed') {
        const known = unshown(channel, view);
        if (known !== undefined) hidden.push(known);
        if (!isErased(view)) failures.push({ channel, view });
      }
      if (!isContent(view)) continue;
      const sender = contactPointOf(view.record.sender);
      content.push({ channel, ...view, recipients: present.filter((each) => each !== sender), answered: false });
    }
  }
  return { content: withAnswers(content), failures, unshown: hidden };
}

/** The answer to a request stands in its channel. */
function withAnswers(content: readonly ContentRecord[]): ContentRecord[] {
  const answers = content.filter(({ record }) => record.header.kind === 'answer');
  const answered = new Set(answers.map(({ channel, record }) => `${channel.id} ${record.header.inReplyTo ?? ''}`));
  return content.map((each) => ({ ...each, answered: answered.has(`${each.channel.id} ${each.record.header.id}`) }));
}

/** A device that was removed, or has lost its keys, knows no members: for it, those to whom the channel may be shown. */
export async function presentIn(client: LiaisonClient, channel: ChannelView): Promise<ContactPointId[]> {
  if (channel.membership !== 'member') return channel.profile.releasableTo;
  return [...new Set((await client.members(channel.id)).map(({ contactPoint }) => contactPoint))];
}

/**
 * @param channels where to look; default: everywhere.
 * @throws LiaisonError `not-found`, `not-allowed` for what is not shown, or `usage` where several records begin so, or one id stands in several channels: a
 * member of one may have taken it from another.
 */
export async function findRecord(
  client: LiaisonClient,
  prefix: string,
  channels?: readonly ChannelView[],
): Promise<ContentRecord> {
  const { content, unshown } = await holdings(client, channels ?? (await client.channels()));
  const ids = content.map(({ record }) => record.header.id);
  requireShown(ids, unshown, prefix);
  const id: RecordId = idByPrefix(ids, prefix, 'record');
  const [found, ...others] = content.filter(({ record }) => record.header.id === id);
  if (found === undefined) throw new LiaisonError('not-found', 'This device knows no such record.');
  if (others.length === 0) return found;
  const places = [found, ...others].map(({ channel }) => `${channelName(channel)} (${channel.id})`).join('; ');
  throw new LiaisonError('usage', `Several channels hold a record of this id; say which with --channel: ${places}.`);
}

/** A record that was withdrawn, erased or refused is no unknown one. @throws LiaisonError `not-allowed`. */
function requireShown(ids: readonly RecordId[], unshown: readonly UnshownRecord[], prefix: string): void {
  const begins = ({ id }: { readonly id: RecordId }) => prefix !== '' && id.startsWith(prefix.toLowerCase());
  const hidden = unshown.find(({ header }) => begins(header));
  if (hidden === undefined || ids.some((id) => begins({ id }))) return;
  const { whatHappened, check } = hidden.card;
  throw new LiaisonError('not-allowed', `${whatHappened} "liaison read" shows what is known of it.`, { check });
}
