import { encodeHeader, LIMITS, type ChannelProfile, type RecordHeader } from '#liaison/protocol';
import type { RecordDraft } from './views.js';

/** What a list of contact points may take of a header: 107 of the longest names, 400 country codes. */
const LONGEST_CHARS = 2048;
/** Epoch and place grow between queueing and sending. */
const RESERVED_CHARS = 64;

/**
 * Whom a record is released to: as its draft says, or else as its channel does now, so that whoever the channel is opened to later is
 * not among them. Undefined, and so the channel's at any time, for what says nothing new, and for a list that no header holds.
 */
export function audienceOf(
  { body, releasableTo }: Pick<RecordDraft, 'body' | 'releasableTo'>,
  profile: Pick<ChannelProfile, 'releasableTo'>,
): RecordDraft['releasableTo'] {
  if (releasableTo !== undefined) return releasableTo;
  const isNew = body.type === 'content' || body.type === 'translation';
  return isNew && JSON.stringify(profile.releasableTo).length <= LONGEST_CHARS ? profile.releasableTo : undefined;
}

/** @param headerFor what would be sent. */
export function withAudience(
  draft: RecordDraft,
  profile: Pick<ChannelProfile, 'releasableTo'>,
  headerFor: (draft: RecordDraft) => RecordHeader,
): RecordDraft {
  const releasableTo = audienceOf(draft, profile);
  if (releasableTo === undefined || releasableTo === draft.releasableTo) return draft;
  const released = { ...draft, releasableTo };
  return encodeHeader(headerFor(released)).length + RESERVED_CHARS <= LIMITS.headerChars ? released : draft;
}
