import { commitEventHash, nextChainHash, proposalEventHash, recordEventHash, recordHashes } from '#liaison/crypto';
import {
  type ChannelEvent,
  type ChannelId,
  type ChannelSummary,
  type EventPage,
  fromBase64url,
  fromUtf8,
  type RecordEnvelope,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { Actor } from './actor.js';

interface Position {
  readonly seq: number;
  /** base64url. */
  readonly chain: string;
}

/**
 * Shows a device another history than the true one, with places and hashes that fit together, as a hub would that means it.
 * @param rewrite gets the true events that the device has not read yet; places and hashes of what it gives are made to fit.
 */
export async function rewriteHistory(
  victim: Actor,
  channel: ChannelId,
  rewrite: (events: ChannelEvent[]) => ChannelEvent[],
): Promise<void> {
  const position = await positionOf(victim, channel);
  // So that it asks for the events, whatever the true hub says of where the channel ends.
  victim.hub.lieAbout('listChannels', (answer) => ({
    channels: (answer as { channels: ChannelSummary[] }).channels.filter(({ id }) => id !== channel),
  }));
  victim.hub.lieAbout('listEvents', (answer, request) => {
    if (request.params?.['channel'] !== channel) return answer;
    const after = Number(request.query?.['after']);
    if (after !== position.seq) return { events: [], lastSeq: after };
    const events = fitted(position, rewrite([...(answer as EventPage).events]), victim.now);
    return { events, lastSeq: position.seq + events.length };
  });
}

/** A record event for {@link rewriteHistory}, which gives it its place and time. */
export function recordEvent(channel: ChannelId, record: RecordEnvelope): ChannelEvent {
  return { type: 'record', channel, seq: 1, at: '', chain: '', record };
}

/** Where the device stands, from its own store. */
export async function positionOf(actor: Actor, channel: ChannelId): Promise<Position> {
  const stored = await actor.store.get(`channel/${channel}`);
  if (stored === undefined) throw new Error(`${actor.device} does not know this channel.`);
  return JSON.parse(fromUtf8(stored)) as Position;
}

/** @param now for what has no time yet. */
function fitted(position: Position, events: readonly ChannelEvent[], now: number): ChannelEvent[] {
  let { seq, chain } = position;
  return events.map((event) => {
    seq += 1;
    chain = toBase64url(nextChainHash(fromBase64url(chain), seq, hashOf(event)));
    return { ...event, seq, chain, at: event.at === '' ? new Date(now).toISOString() : event.at };
  });
}

function hashOf(event: ChannelEvent): Uint8Array {
  if (event.type === 'commit') return commitEventHash(fromBase64url(event.commit));
  if (event.type === 'proposal') return proposalEventHash(fromBase64url(event.proposal));
  if (event.type === 'erased-record') throw new Error('Nothing is erased in the histories of these tests.');
  const { header, body, mls } = event.record;
  return recordEventHash(recordHashes({ header: utf8(header), body: fromBase64url(body), mls: fromBase64url(mls) }));
}
