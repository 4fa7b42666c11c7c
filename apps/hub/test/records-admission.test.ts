import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { systemClock } from '#liaison/crypto.node';
import {
  canonicalJson,
  ChannelProfile,
  decodeHeader,
  type ChannelId,
  type Json,
  type LiaisonError,
  type RecordEnvelope,
  type RecordHeader,
} from '#liaison/protocol';
import { ChannelStates } from '../src/channels/channel-states.js';
import type { AuthenticatedRecord } from '../src/records/authenticated-record.js';
import { HeaderMemory } from '../src/records/header-memory.js';
import { RecordAdmission } from '../src/records/record-admission.js';
import {
  fabricateRecord,
  freshId,
  membersOf,
  testDevice,
  TEST_PROFILE,
  type TestDevice,
} from './fabricated-records.js';

const petrova = testDevice('bg:petrova:desk-1', 'CONFIDENTIAL');
const reader = testDevice('hu:reader:desk-1');
const channel = freshId() as ChannelId;
const profile = ChannelProfile.parse({
  ...TEST_PROFILE,
  ceiling: 'CONFIDENTIAL',
  roles: { bg: ['administer', 'post', 'read'], hu: ['read'] },
});

function admission(rules: ChannelProfile): RecordAdmission {
  // Never asked: the state is remembered.
  const states = new ChannelStates(new pg.Pool());
  states.remember({ id: channel, epoch: 3, profile: rules, members: membersOf([petrova, reader]) });
  return new RecordAdmission(states, systemClock);
}

function admit(sender: TestDevice, received: unknown, path?: ChannelId, rules = profile): Promise<AuthenticatedRecord> {
  return new Promise((admitted, refused: (error: unknown) => void) => {
    const at = path === undefined ? {} : { channel: path };
    admission(rules).admit({ caller: sender.proof, received, ...at, admitted, refused });
  });
}

function envelopeOf(sender: TestDevice, change: Parameters<typeof fabricateRecord>[2] = {}): RecordEnvelope {
  const { id: _, ...envelope } = fabricateRecord(sender, channel, { epoch: 3, ...change });
  return envelope;
}

async function checkOf(sender: TestDevice, received: unknown, rules = profile): Promise<unknown[]> {
  const error = (await admit(sender, received, undefined, rules).catch((fault: unknown) => fault)) as LiaisonError;
  return [error.code, error.details.check];
}

const marked = (classification: string) => ({ marking: { classification, handling: ['H0'], caveats: [] } });

describe('the admission of records', () => {
  it('lets a lawful record pass', async () => {
    const record = await admit(petrova, envelopeOf(petrova), channel);
    expect(record.header).toMatchObject({ channel, epoch: 3, sender: petrova.proof.device });
  });

  it.each([
    ['REC-02', 'malformed', 'another body size', { bodySize: 299 }],
    ['REC-04', 'not-allowed', 'another sender', { sender: 'bg:petrova:desk-2' }],
    ['REC-06', 'not-allowed', 'a mark above the ceiling', marked('SECRET')],
    ['REC-07', 'not-allowed', 'release to a contact point outside', { releasableTo: ['bg', 'iq'] }],
    ['REC-09', 'not-allowed', 'a time of sending far away', { sentAt: '2020-01-01T00:00:00.000Z' }],
    ['REC-05', 'stale-epoch', 'an epoch that is over', { epoch: 2 }],
    ['HDR-02', 'malformed', 'a member that no header has', { subject: 'in clear' }],
  ])('refuses by %s, %s: %s', async (check, code, _, change) => {
    expect(await checkOf(petrova, envelopeOf(petrova, change))).toEqual([code, check]);
  });

  it('refuses by REC-08 what the role does not allow, and lets a reader acknowledge', async () => {
    expect(await checkOf(reader, envelopeOf(reader))).toEqual(['not-allowed', 'REC-08']);
    await admit(reader, envelopeOf(reader, { kind: 'acknowledgement', inReplyTo: freshId() }));
  });

  it('refuses by REC-20 what is posted into a closed channel, and takes what goes on there', async () => {
    const closed = { ...profile, closed: true as const };
    const [code, check] = await checkOf(petrova, envelopeOf(petrova), closed);
    expect([code, check]).toEqual(['not-allowed', 'REC-20']);
    for (const kind of ['acknowledgement', 'grant'] as const)
      await admit(petrova, envelopeOf(petrova, { kind, inReplyTo: freshId() }), undefined, closed);
  });

  it('refuses by REC-21 an exercise among what is real, and what is real in an exercise', async () => {
    expect(await checkOf(petrova, envelopeOf(petrova, { exercise: true }))).toEqual(['not-allowed', 'REC-21']);
    const drill = { ...profile, exercise: true };
    expect(await checkOf(petrova, envelopeOf(petrova), drill)).toEqual(['not-allowed', 'REC-21']);
  });

  it('refuses by REC-19 an acknowledgement of nothing', async () => {
    expect(await checkOf(reader, envelopeOf(reader, { kind: 'acknowledgement' }))).toEqual(['not-allowed', 'REC-19']);
  });

  it('refuses by REC-10 a mark above the clearance of the device', async () => {
    const record = envelopeOf(reader, {
      kind: 'acknowledgement',
      inReplyTo: freshId(),
      ...marked('CONFIDENTIAL'),
    });
    expect(await checkOf(reader, record)).toEqual(['not-allowed', 'REC-10']);
  });

  it('refuses by REC-11 another channel than that of the request', async () => {
    const elsewhere = admit(petrova, envelopeOf(petrova), freshId() as ChannelId);
    await expect(elsewhere).rejects.toMatchObject({ details: { check: 'REC-11' } });
  });

  it('refuses by REC-13 what the device did not sign, part by part', async () => {
    const [one, other] = [envelopeOf(petrova), envelopeOf(petrova)];
    expect(await checkOf(petrova, { ...one, signature: other.signature })).toEqual(['bad-signature', 'REC-13']);
    expect(await checkOf(petrova, { ...one, body: other.body })).toEqual(['bad-signature', 'REC-13']);
    const stranger = { ...testDevice('bg:petrova:desk-1'), proof: petrova.proof };
    expect(await checkOf(petrova, envelopeOf(stranger))).toEqual(['bad-signature', 'REC-13']);
  });

  it('refuses by REC-03 an MLS message of another record', async () => {
    const [one, other] = [envelopeOf(petrova), envelopeOf(petrova)];
    expect(await checkOf(petrova, { ...one, mls: other.mls })).toEqual(['malformed', 'REC-03']);
  });

  it.each([
    ['no object', null],
    ['a missing part', (({ body: _, ...rest }) => rest)(envelopeOf(petrova))],
    ['a part too many', { ...envelopeOf(petrova), subject: 'in clear' }],
    ['padding', { ...envelopeOf(petrova), body: `${envelopeOf(petrova).body}=` }],
    ['the alphabet of base64', { ...envelopeOf(petrova), body: '+/+/' }],
    ['trailing bits', { ...envelopeOf(petrova), mls: 'AB' }],
    ['a body beyond the limit', { ...envelopeOf(petrova), body: 'A'.repeat(100_000) }],
  ])('refuses by REC-01 %s', async (_, received) => {
    expect(await checkOf(petrova, received)).toEqual(['malformed', 'REC-01']);
  });

  it('refuses a header that is not canonical', async () => {
    const record = envelopeOf(petrova);
    expect(await checkOf(petrova, { ...record, header: ` ${record.header}` })).toEqual(['malformed', 'PRO-01']);
  });

  it('lets records leave in the order in which they came', async () => {
    const pipeline = admission(profile);
    const sent = Array.from({ length: 40 }, () => envelopeOf(petrova));
    const left: string[] = [];
    await new Promise<void>((resolve, refused) => {
      const admitted = (record: AuthenticatedRecord): void => {
        left.push(record.envelope.header);
        if (left.length === sent.length) resolve();
      };
      sent.forEach((received, index) => {
        setTimeout(
          () => {
            pipeline.admit({ caller: petrova.proof, received, admitted, refused });
          },
          Math.floor(index / 10),
        );
      });
    });
    expect(left).toEqual(sent.map(({ header }) => header));
  });
});

describe('the memory of headers', () => {
  const first: Record<string, Json> = { ...(JSON.parse(envelopeOf(petrova).header) as Record<string, Json>) };
  const reply = { ...first, inReplyTo: freshId() };
  const others: Record<string, Json>[] = [
    { ...first, id: freshId(), sentAt: '2026-02-28T23:59:59.999Z', seen: { seq: 7, chain: 'A'.repeat(43) } },
    { ...first, id: freshId(), bodySize: 65_536 },
    { ...reply, id: freshId(), inReplyTo: freshId() },
    { ...first, marking: { classification: 'RESTRICTED', handling: ['H3'], handlingText: ',"seen":{', caveats: [] } },
    { ...first, exercise: true, priority: 'flash', releasableTo: ['bg'], history: { rule: 'per-item' } },
  ];

  /** What it makes of a text, the order of the members apart. */
  function readBy(read: (text: string) => RecordHeader, text: string): string {
    try {
      return canonicalJson(read(text));
    } catch (error) {
      const { code, message, details } = error as LiaisonError;
      return `${code} ${details.check}: ${message}`;
    }
  }

  it('reads whatever is another in a frame that it knows', () => {
    const memory = new HeaderMemory();
    for (const header of [first, reply, ...others, ...others]) {
      const text = canonicalJson(header);
      expect(memory.read(text)).toEqual(decodeHeader(text));
    }
    const [again] = others;
    expect(memory.read(canonicalJson(again ?? {})).marking).toBe(memory.read(canonicalJson(first)).marking);
  });

  it('takes and refuses what reading anew takes and refuses, whichever character is another', () => {
    const memory = new HeaderMemory();
    const text = canonicalJson(reply);
    memory.read(text);
    const differing: string[] = [];
    const signs = ['0', '9', ' ', '"', '}', ',', 'a', '\\'];
    for (let at = 0; at < text.length; at += 1) {
      for (const other of ['', signs[at % signs.length], signs[(at * 3 + 1) % signs.length]]) {
        const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
        if (readBy((each) => memory.read(each), changed) !== readBy(decodeHeader, changed)) differing.push(changed);
      }
    }
    expect(differing).toEqual([]);
  });

  it.each<[string, Record<string, Json>]>([
    ['a body of nothing', { bodySize: 0 }],
    ['a body over 64 KiB', { bodySize: 65_537 }],
    ['a day that no month has', { sentAt: '2026-01-32T00:00:00.000Z' }],
    ['an id in capitals', { id: freshId().toUpperCase() }],
    ['a position that is no whole number', { seen: { seq: 1.5, chain: 'A'.repeat(43) } }],
    ['a position beyond exact numbers', { seen: { seq: 9_007_199_254_740_992, chain: 'A'.repeat(43) } }],
  ])('HDR-02 refuses %s in a frame that it knows', (_name, change) => {
    const memory = new HeaderMemory();
    memory.read(canonicalJson(first));
    expect(readBy((each) => memory.read(each), canonicalJson({ ...first, ...change }))).toMatch('HDR-02');
  });
});
