import { contactPointOf, fromUtf8, LiaisonError, type RandomSource, type RecordId } from '#liaison/protocol';
import { encodeLogEntry, type RecordAct, recordActOf, SALT_BYTES } from '#liaison/tlog';
import type { PlannedEvent } from '../records/batch-plan.js';
import type { Place, ProposalEntry } from '../records/submission.js';
import { encode } from '../records/wire-event.js';

/** The log entry that an event is stored with: what its header makes it, `commit.ordered`, or `removal.proposed`. */
function entryOfEvent(event: PlannedEvent, at: string, salt: string): string {
  const { entry } = event.submission;
  if (entry.type === 'proposal') return entryOfProposal(event.place, entry, { at, salt });
  if (entry.type !== 'record') return plainEntry(event, { at, salt, type: 'commit.ordered' });
  const act = recordActOf(entry.record.header);
  if (act.type !== 'record.stored' || act.releasedBy !== undefined) return entryOfAct(event, act, { at, salt });
  return plainEntry(event, { at, salt, type: 'record.stored', about: act.about });
}

interface Plain {
  readonly at: string;
  readonly salt: string;
  readonly type: 'record.stored' | 'commit.ordered';
  readonly about?: RecordId | undefined;
}

/**
 * Canonical text, written by hand with its members in the order of RFC 8785, because it is made for nearly each record: no value of these
 * alphabets needs an escape. A test compares it with `encodeLogEntry`.
 */
function plainEntry({ submission: { entry }, place }: PlannedEvent, { at, salt, type, about }: Plain): string {
  const { channel, epoch, sender } = entry;
  const record = entry.type === 'record' ? entry.record : undefined;
  const hash = record === undefined ? '' : `"headerHash":"${encode(record.hashes.headerHash)}",`;
  const id = record === undefined ? '' : `"record":"${record.header.id}",`;
  const answered = about === undefined ? '' : `"about":"${about}",`;
  return `{"actor":"${sender}","at":"${at}",${hash}"salt":"${salt}","subject":{${answered}"channel":"${channel}","epoch":${epoch},${id}"seq":${place.seq}},"type":"${type}","v":1}`;
}

function entryOfProposal({ seq }: Place, entry: ProposalEntry, { at, salt }: Pick<Plain, 'at' | 'salt'>): string {
  const { channel, epoch, sender: actor, device, purpose } = entry;
  const subject = { channel, epoch, seq, device };
  return fromUtf8(encodeLogEntry({ v: 1, type: 'removal.proposed', at, actor, subject, purpose, salt }));
}

/** Who gets what is passed on: the contact points of the channel's members at that moment. */
function entryOfAct(
  { submission: { entry }, place }: PlannedEvent,
  act: RecordAct,
  { at, salt }: Pick<Plain, 'at' | 'salt'>,
): string {
  if (entry.type !== 'record') throw new LiaisonError('internal', 'Only a record is such an act.');
  const { channel, epoch, sender: actor, members, record } = entry;
  const { type, about, ...rest } = act;
  const recipients = [...new Set([...members.keys()].map(contactPointOf))].sort();
  const subject = { channel, epoch, record: record.header.id, seq: place.seq, ...(about !== undefined && { about }) };
  const text = encodeLogEntry({
    v: 1,
    type,
    at,
    actor,
    subject,
    headerHash: encode(record.hashes.headerHash),
    ...rest,
    ...(act.sources !== undefined && { recipients }),
    salt,
  });
  return fromUtf8(text);
}

/** An event with the text of its entry in the log: ASCII, so that its characters are its bytes. */
export interface LoggedEvent extends PlannedEvent {
  readonly text: string;
}

/** @param at milliseconds since 1970. */
export function loggedEvents(events: readonly PlannedEvent[], at: number, random: RandomSource): LoggedEvent[] {
  const salts = Buffer.from(random.bytes(SALT_BYTES * events.length));
  const time = new Date(at).toISOString();
  return events.map((event, index) => {
    const salt = salts.toString('base64url', index * SALT_BYTES, (index + 1) * SALT_BYTES);
    return { submission: event.submission, place: event.place, text: entryOfEvent(event, time, salt) };
  });
}
