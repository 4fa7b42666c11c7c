import { judgeRecord, keyOf, type Decision, type FiledRecord, type Judging, type RecordFile } from '#liaison/policy';
import {
  ChannelId,
  ContactPointId,
  DeviceAddress,
  RecordId,
  type ChannelProfile,
  type Marking,
  type RecordHeader,
} from '#liaison/protocol';
import { NOW } from './arbitraries.js';

/** Records as a file holds them, and how a header in reply to them is judged: Budapest sends, Sofia's records are at hand. */
export const [bg, hu, mk] = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
];
export const channel = ChannelId.parse('019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a');
export const id = (number: number): RecordId =>
  RecordId.parse(`019aa8b2-7c00-7a4e-9f10-${String(number).padStart(12, '0')}`);
export const plain: Marking = { classification: 'RESTRICTED', handling: ['H0'], caveats: [] };
export const profile: ChannelProfile = {
  v: 1,
  kind: 'multilateral',
  ceiling: 'SECRET',
  releasableTo: [bg, hu, mk],
  roles: { [bg]: ['post', 'read'], [hu]: ['post', 'read'], [mk]: ['post', 'read'] },
  retention: { reviewDays: 180 },
  custody: 'none',
  exercise: false,
  postQuantum: false,
};

export function filed(number: number, change: Partial<FiledRecord> = {}): FiledRecord {
  return {
    channel,
    record: id(number),
    kind: 'alert',
    sentBy: bg,
    marking: plain,
    releasableTo: [bg, hu, mk],
    exercise: false,
    derivedFrom: [],
    statements: [],
    ...change,
  };
}

export function fileOf(...records: FiledRecord[]): RecordFile {
  const known = new Map(records.map((record) => [keyOf(record), record]));
  return (ref) => known.get(keyOf(ref));
}

export function header(change: Partial<RecordHeader> = {}): RecordHeader {
  return {
    v: 1,
    id: id(99),
    channel,
    epoch: 1,
    kind: 'message',
    sender: DeviceAddress.parse('hu:kovacs:desk-1'),
    sentAt: '2026-11-21T18:00:00.000Z',
    marking: plain,
    priority: 'routine',
    retention: { reviewDays: 180 },
    attachments: [],
    bodySize: 300,
    seen: { seq: 0, chain: 'A'.repeat(43) },
    ...change,
  };
}

export function judged(change: Partial<Judging>): Decision {
  return judgeRecord({
    header: header(),
    profile,
    actor: { contactPoint: hu },
    members: [bg, hu],
    file: fileOf(),
    unknown: 'refuse',
    agreements: [],
    at: NOW,
    ...change,
  });
}

/** References to records of the one channel. */
export const from = (...numbers: number[]): FiledRecord['derivedFrom'][number][] =>
  numbers.map((number) => ({ channel, record: id(number) }));
