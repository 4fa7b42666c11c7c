import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type ContactPointId, RecordHeader, utf8 } from '#liaison/protocol';
import {
  concerns,
  decodeLogEntry,
  differingMember,
  encodeLogEntry,
  expectedOfRecord,
  isPublicType,
  isRecordType,
  type LogAct,
  LOG_ENTRY_TYPES,
  type LogEntry,
  type LogEntryType,
  type LogViewer,
  namesPerson,
  namesRecord,
  newLogEntry,
  operationOf,
  OPERATIONS,
  recordActOf,
} from '#liaison/tlog';
import { refusalOf } from '../../protocol/test/refusal.js';
import { actOfType, CHANNEL, recordOf } from './golden/acts.js';
import { device, HASSAN, NAGY, PETROVA } from './golden/community.js';

const TYPES = Object.keys(LOG_ENTRY_TYPES) as LogEntryType[];
const AT = '2026-11-21T18:00:00.000Z';
const random = { bytes: (length: number) => new Uint8Array(length).fill(9) };
const entryOf = (act: Omit<LogAct, 'at'>): LogEntry => newLogEntry({ at: AT, ...act }, random);

describe('a log entry', () => {
  it('of each type goes there and back', () => {
    for (const type of TYPES) {
      const entry = entryOf(actOfType(type));
      expect(decodeLogEntry(encodeLogEntry(entry))).toEqual(entry);
    }
  });

  it('is not made, and not read, without what its type needs: LOG-10', () => {
    for (const type of TYPES.filter((each) => LOG_ENTRY_TYPES[each].requires.length > 0)) {
      const bare = { type, at: AT, actor: PETROVA, subject: {} };
      expect(refusalOf(() => newLogEntry(bare, random)).code).toBe('usage');
      const bytes = encodeLogEntry({ ...bare, v: 1, salt: 'A'.repeat(22) });
      expect(refusalOf(() => decodeLogEntry(bytes))).toMatchObject({ code: 'malformed', details: { check: 'LOG-10' } });
    }
  });

  it('holds identifiers, reasons and counts, within bounds: LOG-10', () => {
    const act = actOfType('record.delivered');
    const spoilt: unknown[] = [
      { recipients: [] },
      { recipients: ['nobody at all'] },
      { purpose: 'a'.repeat(301) },
      { purpose: 'line\u0007' },
      { details: { Nested: 1 } },
      { details: { a: { b: 1 } } },
      { details: Object.fromEntries(Array.from({ length: 17 }, (_, place) => [`a${place}`, 1])) },
      { actor: 'nobody' },
      { at: '2026-11-21T18:00:00Z' },
    ];
    for (const change of spoilt) {
      const bytes = encodeLogEntry({ ...entryOf(act), ...(change as object) });
      expect(refusalOf(() => decodeLogEntry(bytes)).details.check).toBe('LOG-10');
    }
    expect(refusalOf(() => decodeLogEntry(Uint8Array.of(0xff))).details.check).toBe('LOG-10');
    expect(refusalOf(() => decodeLogEntry(new Uint8Array(65_536))).details.check).toBe('LOG-10');
    expect(refusalOf(() => decodeLogEntry(utf8('[]'))).details.check).toBe('LOG-10');
  });

  it('with the most recipients fits into the log', () => {
    const address = `${'a'.repeat(16)}:${'b'.repeat(32)}:${'c'.repeat(32)}`;
    const recipients = Array.from({ length: 500 }, () => device(address));
    const entry = entryOf({ ...actOfType('record.delivered'), recipients });
    expect(decodeLogEntry(encodeLogEntry(entry))).toEqual(entry);
  });
});

describe('the types of entries', () => {
  it('cover every operation of article 25', () => {
    expect(new Set(TYPES.map(operationOf))).toEqual(new Set(OPERATIONS));
  });

  it('name a recipient for each disclosure', () => {
    for (const type of TYPES.filter((each) => operationOf(each) === 'disclosure')) {
      expect(LOG_ENTRY_TYPES[type].requires).toContain('recipients');
    }
  });

  it('are each written by something', () => {
    const sources = [
      'libs/tlog/src/record-act.ts',
      ...readdirSync('apps/hub/src', { recursive: true }).map((path) => `apps/hub/src/${String(path)}`),
    ];
    const code = sources
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const written = TYPES.filter((type) => code.includes(`'${type}'`) || type.startsWith('consent.'));
    expect(written).toEqual(TYPES);
  });

  it('are those of docs/spec/log.md', () => {
    const rows = [...readFileSync('docs/spec/log.md', 'utf8').matchAll(/^\| (\w+) \| `([a-z.-]+)` \| (.*) \|$/gm)];
    const page = rows.map(([, operation, type, needs = '']) => [
      operation,
      type,
      [...needs.matchAll(/`(\w+)`/g)].map(([, member]) => member),
    ]);
    expect(page).toEqual(TYPES.map((type) => [operationOf(type), type, LOG_ENTRY_TYPES[type].requires]));
  });
});

describe('what a record is logged as', () => {
  const [record, other] = [recordOf(7), recordOf(5)];
  const terms = { act: 'forward', recipients: ['hu'], to: ['iq'] };
  const header = (changes: object) =>
    RecordHeader.parse({
      v: 1,
      id: record,
      channel: CHANNEL,
      epoch: 3,
      kind: 'message',
      sender: PETROVA,
      sentAt: AT,
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 180 },
      attachments: [],
      bodySize: 300,
      seen: { seq: 0, chain: 'A'.repeat(43) },
      ...changes,
    });
  const source = { channel: CHANNEL, record: other };

  it.each([
    ['record.stored', {}],
    ['record.stored', { inReplyTo: other }],
    ['record.remarked', { kind: 'marking', inReplyTo: other }],
    ['record.withdrawn', { kind: 'withdrawal', inReplyTo: other }],
    ['record.acknowledged', { kind: 'acknowledgement', inReplyTo: other }],
    ['record.released', { kind: 'cosign', inReplyTo: other }],
    ['record.stored', { kind: 'cosign' }],
    ['erasure.attested', { kind: 'erasure', inReplyTo: other }],
    ['channel.titled', { kind: 'profile' }],
    ['templates.published', { kind: 'template' }],
    ['record.forwarded', { kind: 'alert', derivedFrom: [source] }],
    ['record.compiled', { derivedFrom: [source, { channel: CHANNEL, record }] }],
    ...(['asked', 'given', 'refused', 'revoked'] as const).map((state): [string, object] => [
      `consent.${state}`,
      { kind: 'consent', inReplyTo: other, consent: { ...terms, state, answers: other } },
    ]),
  ])('%s, of %j', (type, changes) => {
    const { inReplyTo, derivedFrom, consent } = header(changes);
    expect(recordActOf(header(changes))).toEqual({
      type,
      ...(inReplyTo && { about: inReplyTo }),
      ...(derivedFrom && { sources: derivedFrom }),
      ...(consent && { consent }),
    });
  });

  it('is listed under every record and every officer that it names', () => {
    const entry = entryOf({ ...actOfType('record.withdrawn'), sources: [source], releasedBy: HASSAN });
    expect([record, other, recordOf(9)].map((id) => namesRecord(entry, id))).toEqual([true, true, false]);
    expect(['bg:petrova', HASSAN, 'iq:has', 'hu:nagy'].map((name) => namesPerson(entry, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(concerns(entry, { device: HASSAN, duties: [], memberships: [], contactPointMemberships: [] })).toBe(true);
  });

  it('LOG-12 is not taken for another: a member that the header has and the entry lacks, or the other way round', () => {
    const act = recordActOf(header({ kind: 'withdrawal', inReplyTo: other }));
    const place = { channel: CHANNEL, sender: PETROVA, id: record, seq: 7, headerHash: 'A'.repeat(43) };
    const good = actOfType('record.withdrawn');
    const lies: Omit<LogAct, 'at'>[] = [
      { ...good, type: 'record.stored' },
      { ...good, subject: { ...good.subject, about: recordOf(6) } },
      { ...good, sources: [source] },
      { ...good, releasedBy: HASSAN },
      { ...good, consent: actOfType('consent.given').consent },
    ];
    const expected = { ...expectedOfRecord(place, act), headerHash: good.headerHash };
    expect(differingMember(entryOf(good), expected)).toBeUndefined();
    expect(lies.map((lie) => differingMember(entryOf(lie), expected))).toEqual([
      'type',
      'about',
      'sources',
      'releasedBy',
      'consent',
    ]);
  });
});

it('only an event of a channel is the entry of a record’s place, whatever else names its header', () => {
  const places = (['record.stored', 'channel.titled', 'record.granted', 'record.opened'] as const).map(isRecordType);
  expect(places).toEqual([true, true, false, false]);
});

describe('who an entry concerns', () => {
  const viewer = (changes: Partial<LogViewer> = {}): LogViewer => ({
    device: device('hu:kovacs:desk-1'),
    duties: ['officer'],
    memberships: [],
    contactPointMemberships: [],
    ...changes,
  });
  const stored = entryOf(actOfType('record.stored'));
  const session = entryOf({ type: 'session.started', actor: PETROVA, subject: { device: PETROVA } });
  const withinChannel = (from: number, until?: number) => [
    { channel: CHANNEL, from, ...(until === undefined ? {} : { until }) },
  ];

  it('nobody else, unless it is public', () => {
    for (const type of TYPES) {
      const entry = entryOf({ ...actOfType(type), recipients: [HASSAN] });
      expect([type, concerns(entry, viewer())]).toEqual([type, isPublicType(type)]);
    }
  });

  it('its actor, its subject and its recipients, on whichever of their devices', () => {
    const delivered = entryOf({ ...actOfType('record.delivered'), actor: 'hub', recipients: [NAGY] });
    expect(concerns(session, viewer({ device: device('bg:petrova:phone') }))).toBe(true);
    expect(concerns(session, viewer({ device: device('bg:petrovan:desk-1') }))).toBe(false);
    expect(concerns(delivered, viewer({ device: NAGY }))).toBe(true);
    expect(concerns(delivered, viewer({ device: HASSAN }))).toBe(false);
    expect(concerns(entryOf(actOfType('removal.proposed')), viewer({ device: HASSAN }))).toBe(true);
  });

  it('members of the channel, from the event that added them to the one that removed them', () => {
    expect(stored.subject.seq).toBe(7);
    for (const [from, until, is] of [
      [1, undefined, true],
      [7, 7, true],
      [8, undefined, false],
      [1, 6, false],
    ] as const) {
      expect(concerns(stored, viewer({ memberships: withinChannel(from, until) }))).toBe(is);
    }
    const opened = entryOf(actOfType('record.opened'));
    expect(concerns(opened, viewer({ memberships: withinChannel(8) }))).toBe(true);
    expect(concerns(session, viewer({ memberships: withinChannel(1) }))).toBe(false);
  });

  it('an administrator: the administration of their own contact point', () => {
    const administrator = (address: string) => viewer({ device: device(address), duties: ['administrator'] });
    expect(concerns(session, administrator('bg:ivanov:desk-1'))).toBe(true);
    expect(concerns(session, administrator('iq:ali:desk-1'))).toBe(false);
    expect(concerns(stored, administrator('bg:ivanov:desk-1'))).toBe(false);
  });

  it('an auditor: all that touches their contact point, and nothing of another', () => {
    const auditor = (address: string, from?: number) =>
      viewer({
        device: device(address),
        duties: ['auditor'],
        contactPointMemberships: from === undefined ? [] : withinChannel(from),
      });
    expect(concerns(stored, auditor('bg:ivanov:desk-1'))).toBe(true);
    expect(concerns(session, auditor('bg:ivanov:desk-1'))).toBe(true);
    expect(concerns(stored, auditor('iq:ali:desk-1'))).toBe(false);
    expect(concerns(stored, auditor('iq:ali:desk-1', 7))).toBe(true);
    expect(concerns(stored, auditor('iq:ali:desk-1', 8))).toBe(false);
    expect(concerns(session, auditor('iq:ali:desk-1', 1))).toBe(false);
    const exported = entryOf({ ...actOfType('record.exported'), recipients: ['hu' as ContactPointId] });
    expect(concerns(exported, auditor('hu:kovacs:desk-1'))).toBe(true);
  });

  it('memberships of the contact point count for its auditor alone', () => {
    expect(concerns(stored, viewer({ contactPointMemberships: withinChannel(1) }))).toBe(false);
  });
});
