import type { ConsentAct } from '#liaison/protocol';
import { type LogEntry, type LogEntryType, operationOf } from '#liaison/tlog';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';

export interface ReadEntry {
  readonly index: number;
  readonly entry: LogEntry;
}

/** Each act in plain words: what a person who asks about their data can read. */
const ACTS: Readonly<Record<LogEntryType, string>> = {
  'record.stored': 'stored a record',
  'record.remarked': 'marked a record anew',
  'record.withdrawn': 'withdrew a record',
  'consent.asked': 'asked for consent',
  'consent.given': 'gave consent',
  'consent.refused': 'refused consent',
  'consent.revoked': 'took a consent back',
  'record.acknowledged': 'acknowledged a record',
  'record.opened': 'opened a record',
  'custody.opened': 'had a record opened from custody',
  'log.read': 'read this log',
  'record.forwarded': 'forwarded a record',
  'record.delivered': 'records were delivered',
  'record.granted': 'gave a device a record from before its time',
  'record.exported': 'handed a record to an authority',
  'record.compiled': 'made a record of several',
  'record.erased': 'erased a record’s content',
  'erasure.attested': 'attested that a withdrawn record was destroyed',
  'log.started': 'this log begins',
  'roster.published': 'a roster of contact points was published',
  'crl.published': 'a list of revoked devices was published',
  'sign-in-policy.published': 'a contact point published how its people sign in',
  'second-factor.registered': 'registered a security key',
  'second-factor.removed': 'removed a security key',
  'second-factor.proved': 'gave the second proof of a sign-in',
  'second-factor.refused': 'a second proof was refused',
  'second-factor.locked-out': 'too many second proofs failed',
  'second-factor.allowed': 'let an officer register a security key',
  'second-factor.reset': 'took an officer’s security keys away',
  'enrolment.invited': 'invited a new device',
  'enrolment.requested': 'a new device asked for its certificate',
  'enrolment.approved': 'certified a new device',
  'enrolment.refused': 'refused a new device',
  'enrolment.renewal-requested': 'a device asked to be certified for longer',
  'enrolment.renewed': 'certified for longer',
  'session.started': 'signed in',
  'session.refused': 'a sign-in was refused',
  'session.ended': 'ended a session',
  'officer.locked': 'shut out a device of an officer',
  'officer.unlocked': 'let a device of an officer in again',
  'key-packages.published': 'published keys to be added with',
  'key-packages.claimed': 'took keys to add a device with',
  'channel.created': 'created a channel',
  'channel.changed': 'changed the rules of a channel',
  'channel.roles': 'changed what a contact point may do in a channel',
  'channel.handed-over': 'handed the administration of a channel over',
  'channel.closed': 'closed a channel',
  'channel.reopened': 'reopened a channel',
  'channel.left': 'left a channel',
  'commit.ordered': 'changed who is in a channel, or its keys',
  'removal.proposed': 'asked for a removal from a channel',
  'channel.titled': 'gave a channel its title',
  'record.released': 'released a draft as second officer',
  'templates.published': 'published templates',
  'custody.deposited': 'deposited a key in custody',
  'custody.requested': 'asked to open records from custody',
  'custody.approved': 'agreed to open records from custody',
  'hold.placed': 'placed a legal hold',
  'hold.lifted': 'lifted a legal hold',
};

const CONSENTED: Readonly<Record<ConsentAct, string>> = {
  forward: 'forward it',
  grant: 'give access to it',
  proceedings: 'use it in proceedings',
  export: 'hand it',
};

const INDENT = '       ';

/** @param next where to go on, where the log has more. */
export function entriesAnswer(
  entries: readonly ReadEntry[],
  next: number | undefined,
  timeZone: string,
  { columns }: Terminal,
): Answer {
  return {
    json: { entries: entries.map(({ index, entry }) => ({ index, entry })), next: next ?? null },
    lines: () => [
      ...(entries.length === 0
        ? ['The log shows nothing of this kind to this device.']
        : entryLines(entries, timeZone, columns)),
      ...(next === undefined ? [] : ['', `There may be more: --from ${next}.`]),
    ],
  };
}

/** A line of when and who, and below it what they did, to what, to whom and why. */
function entryLines(entries: readonly ReadEntry[], timeZone: string, columns: number): string[] {
  return entries.flatMap(({ index, entry }) => {
    const who = entry.actor === 'hub' ? 'the hub, by rule' : entry.actor;
    const what = [`${ACTS[entry.type]} (${operationOf(entry.type)})`, aboutText(entry)].filter((part) => part !== '');
    return [
      `${String(index).padEnd(INDENT.length)}${momentIn(entry.at, timeZone)}  ${who}`,
      ...wrap(safeText(what.join(': ')), columns - INDENT.length).map((text) => `${INDENT}${text}`),
    ];
  });
}

function aboutText(entry: LogEntry): string {
  const { subject, sources, consent, releasedBy, recipients, authority, purpose, details } = entry;
  const { record, about, channel, seq, device, contactPoint } = subject;
  const parts: (string | undefined)[] = [
    record === undefined ? undefined : `record ${record}`,
    about === undefined ? undefined : `about record ${about}`,
    sources === undefined ? undefined : `made of ${sources.map((source) => source.record).join(', ')}`,
    consent === undefined ? undefined : consentText(consent),
    releasedBy === undefined ? undefined : `released by ${releasedBy}`,
    record === undefined && channel !== undefined ? `channel ${channel}` : undefined,
    seq === undefined ? undefined : `no. ${seq}`,
    device === undefined ? undefined : `device ${device}`,
    contactPoint === undefined ? undefined : `contact point ${contactPoint}`,
    recipients === undefined ? undefined : `to ${recipients.join(', ')}`,
    authority === undefined ? undefined : `to ${authority}`,
    ...Object.entries(details ?? {})
      .filter(([name]) => name !== 'signature')
      .map(([name, value]) => `${name} ${value}`),
    purpose === undefined ? undefined : `because: ${purpose}`,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

function consentText({ act, to, recipients, expiresAt }: NonNullable<LogEntry['consent']>): string {
  const reach = recipients.length === 0 ? '' : ` to ${recipients.join(', ')}`;
  const until = expiresAt === undefined ? '' : ` until ${expiresAt}`;
  return `that ${to.join(', ')} may ${CONSENTED[act]}${reach}${until}`;
}
