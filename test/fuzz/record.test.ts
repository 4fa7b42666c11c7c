import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signRecord } from '#liaison/crypto';
import { nodeRecordHashing } from '#liaison/crypto.node';
import { parsePrivateMessage } from '#liaison/mls-framing';
import {
  encodeHeader,
  ErrorAnswer,
  fromBase64url,
  type RecordEnvelope,
  type RecordHeader,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { callHub } from '#liaison/testing';
import { Connected } from '../hub/member.js';
import { mutation } from './mutations.js';
import { mustBeKnown, Target } from './target.js';

let target: Target;
let valid: RecordEnvelope;
let connected: Connected;
beforeAll(async () => {
  target = await Target.start();
  await target.refresh();
  const { header, body, mls, signature } = await target.world.owner.seal(target.world.channel);
  valid = { header, body, mls, signature };
  connected = await Connected.open(target.world.hub.url, target.token);
});
afterAll(async () => {
  connected.close();
  await target.stop();
});

type Alter = (record: RecordEnvelope) => unknown;

function withBytes(part: 'body' | 'mls' | 'signature', change: (bytes: Uint8Array) => Uint8Array): Alter {
  return (record) => ({ ...record, [part]: toBase64url(change(fromBase64url(record[part]))) });
}

function flipped(place: (bytes: Uint8Array) => number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const copy = bytes.slice();
    copy[place(bytes)]! ^= 1;
    return copy;
  };
}

function withHeader(change: Partial<Record<keyof RecordHeader, unknown>>): Alter {
  return (record) => {
    const header = { ...(JSON.parse(record.header) as RecordHeader), ...change };
    return { ...record, header: encodeHeader(header as RecordHeader) };
  };
}

function withText(part: keyof RecordEnvelope, change: (text: string) => string): Alter {
  return (record) => ({ ...record, [part]: change(record[part]) });
}

/** Where a part of the PrivateMessage begins in its bytes. */
function placeOf(part: 'groupId' | 'authenticatedData'): (bytes: Uint8Array) => number {
  return (bytes) => Buffer.from(bytes).indexOf(parsePrivateMessage(bytes)[part]);
}

const middle = (bytes: Uint8Array) => Math.floor(bytes.length / 2);
const last = (bytes: Uint8Array) => bytes.length - 1;
const longer = (bytes: Uint8Array) => new Uint8Array([...bytes, 0]);
const shorter = (bytes: Uint8Array) => bytes.slice(0, -1);

const UUID = '0192f000-0000-7000-8000-000000000009';
/** A change of one part, and the check that refuses it. */
const ALTERATIONS: readonly [what: string, alter: Alter, check: string][] = [
  ['a field of the envelope is missing', ({ signature: _, ...rest }) => rest, 'REC-01'],
  ['a field too many', (record) => ({ ...record, extra: 1 }), 'REC-01'],
  ['a field is no text', (record) => ({ ...record, body: 7 }), 'REC-01'],
  ['it is no object', () => 'record', 'REC-01'],
  ['the header is too long', withText('header', (text) => text + ' '.repeat(9000)), 'HDR-01'],
  ['the header is not canonical', withText('header', (text) => ` ${text}`), 'PRO-01'],
  ['the header is not JSON', withText('header', (text) => text.slice(1)), 'PRO-01'],
  ['the header holds an unknown field', withHeader({ ['x' as keyof RecordHeader]: 1 }), 'HDR-02'],
  ['the version is another', withHeader({ v: 2 }), 'HDR-02'],
  ['the id has another form', withHeader({ id: 'x' }), 'HDR-02'],
  ['the id is another', withHeader({ id: UUID }), 'REC-03'],
  ['the channel is another', withHeader({ channel: UUID }), 'REC-03'],
  ['the epoch is another', withHeader({ epoch: 0 }), 'REC-03'],
  ['the kind is another', withHeader({ kind: 'alert' }), 'REC-03'],
  ['the kind is unknown', withHeader({ kind: 'gossip' }), 'HDR-02'],
  ['the sender is another', withHeader({ sender: 'hu:nagy:desk-1' }), 'REC-03'],
  ['the time is another', withHeader({ sentAt: '2026-01-01T00:00:00.000Z' }), 'REC-03'],
  [
    'the classification is lower',
    withHeader({ marking: { classification: 'UNMARKED', handling: [], caveats: [] } }),
    'HDR-02',
  ],
  [
    'the marking is another',
    withHeader({ marking: { classification: 'RESTRICTED', handling: ['H1'], caveats: [] } }),
    'REC-03',
  ],
  ['the recipients are others', withHeader({ releasableTo: ['bg'] }), 'REC-03'],
  ['the priority is another', withHeader({ priority: 'flash' }), 'REC-03'],
  ['the retention is another', withHeader({ retention: { reviewDays: 1 } }), 'REC-03'],
  ['the body size is another', withHeader({ bodySize: 1 }), 'REC-02'],
  ['the seen position is another', withHeader({ seen: { seq: 1, chain: 'A'.repeat(43) } }), 'REC-03'],
  ['the body has a bit flipped', withBytes('body', flipped(middle)), 'REC-13'],
  ['the body is longer', withBytes('body', longer), 'REC-02'],
  ['the body is shorter', withBytes('body', shorter), 'REC-02'],
  ['the body is padded', withText('body', (text) => `${text}=`), 'REC-01'],
  ['the ciphertext in the MLS message has a bit flipped', withBytes('mls', flipped(last)), 'REC-13'],
  ['the MLS message is of another group', withBytes('mls', flipped(placeOf('groupId'))), 'REC-03'],
  ['the MLS message is for another header', withBytes('mls', flipped(placeOf('authenticatedData'))), 'REC-03'],
  ['the MLS message is cut off', withBytes('mls', shorter), 'FRM-02'],
  ['the MLS message has more bytes', withBytes('mls', longer), 'FRM-02'],
  ['the MLS message is empty', withText('mls', () => ''), 'REC-01'],
  ['the signature has a bit flipped', withBytes('signature', flipped(middle)), 'REC-13'],
  ['the signature is shorter', withBytes('signature', shorter), 'REC-01'],
  ['the signature has stray bits', withText('signature', withStrayBit), 'REC-01'],
  ['the signature is of another device', (record) => ({ ...record, signature: signatureOfAnother(record) }), 'REC-13'],
];

/** 64 bytes leave four bits of the last digit unused. */
function withStrayBit(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
}

function signatureOfAnother({ header, body, mls }: RecordEnvelope): string {
  const parts = { header: utf8(header), body: fromBase64url(body), mls: fromBase64url(mls) };
  return toBase64url(signRecord(nodeRecordHashing.recordHashes(parts), target.world.colleague.device.key));
}

async function refusals(record: unknown) {
  const params = { channel: target.world.channel };
  const { body } = await callHub(target.world.hub.url, 'submitRecord', { params, body: record, token: target.token });
  const overSocket: unknown = await connected.socket.timeout(10_000).emitWithAck('submit', record);
  return { overHttp: ErrorAnswer.parse(body).error, overSocket: ErrorAnswer.parse(overSocket).error };
}

async function storedSeq(): Promise<number> {
  const { channel, owner } = target.world;
  return (await owner.events(channel, 0, 0)).lastSeq;
}

describe('a valid record of which one part was changed', () => {
  it.each(ALTERATIONS)('is refused where %s', async (_what, alter, check) => {
    await target.refresh();
    const before = await storedSeq();
    const { overHttp, overSocket } = await refusals(alter(valid));
    // Over HTTP the form of the envelope is checked with that of the request.
    const isForm = check === 'REC-01' || check === 'HDR-01';
    expect({ overHttp: overHttp.check, overSocket: overSocket.check }).toEqual({
      overHttp: isForm && overHttp.check === 'HUB-04' ? 'HUB-04' : check,
      overSocket: check,
    });
    expect(await storedSeq()).toBe(before);
    await target.mustStillServe();
  });

  it('in any way at all is refused by a check, and never stored', async () => {
    const before = await storedSeq();
    await target.check(300, mutation, async (mutate) => {
      const changed = mutate(structuredClone(valid));
      fc.pre(JSON.stringify(changed) !== JSON.stringify(valid) && changed !== undefined);
      const { overHttp, overSocket } = await refusals(changed);
      for (const { code, check } of [overHttp, overSocket]) {
        mustBeKnown(code);
        expect(check).toMatch(/^[A-Z]{3}-\d{2}$/);
      }
    });
    expect(await storedSeq()).toBe(before);
    await target.mustStillServe();
  });

  it('is accepted after all that as it was', async () => {
    await target.refresh();
    expect(await connected.submit(valid)).toMatchObject({ duplicate: false });
  });
});
