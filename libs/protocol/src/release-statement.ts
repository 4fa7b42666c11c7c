import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import type { RecordHeader } from './header.js';
import type { Release } from './release.js';

type Released = Pick<
  RecordHeader,
  | 'id'
  | 'channel'
  | 'kind'
  | 'sender'
  | 'marking'
  | 'releasableTo'
  | 'priority'
  | 'inReplyTo'
  | 'clock'
  | 'derivedFrom'
  | 'consent'
> &
  Partial<Pick<RecordHeader, 'attachments'>>;

/** The bytes that the second officer signs. */
export function releaseStatement(released: Released, release: Pick<Release, 'by' | 'at' | 'content'>): Uint8Array {
  const { id, channel, kind, sender, marking, releasableTo, priority, inReplyTo, clock, derivedFrom } = released;
  const { consent, attachments = [] } = released;
  const { by, at, content } = release;
  const statement = {
    id,
    channel,
    kind,
    sender,
    marking,
    priority,
    by,
    at,
    content,
    ...(releasableTo && { releasableTo }),
    ...(inReplyTo && { inReplyTo }),
    ...(clock && { clock }),
    ...(derivedFrom && { derivedFrom }),
    ...(consent && { consent }),
    ...(attachments.length > 0 && { attachments }),
  };
  return utf8(`liaison release v1\n${canonicalJson(statement)}`);
}
