import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PlanFile } from '#liaison/client';
import { cryptoReady } from '#liaison/crypto';
import {
  canonicalJson,
  ChannelProfile,
  CLIENT_EVENTS,
  decodeHeader,
  DeviceAddress,
  ERROR_CODES,
  ErrorAnswer,
  fromUtf8,
  HUB_EVENTS,
  Invitation,
  type Json,
  Receipt,
  RECORD_KINDS,
  RecordEnvelope,
  releaseStatement,
  Roster,
  SessionChallenge,
  sessionSignedBytes,
  SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { REASON_CODES, REASON_VALUES } from '#liaison/policy';
import { decodeWitnessPolicy, encodeWitnessPolicy } from '#liaison/tlog';

beforeAll(cryptoReady);

const page = (name: string): string => readFileSync(`docs/spec/${name}.md`, 'utf8');

/** The example in JSON with which a page opens. The pages about the log are held against its golden vectors, in libs/tlog. */
function example(name: string): Json {
  const [, text] = /^```json\n(.*?)^```$/ms.exec(page(name)) ?? [];
  if (text === undefined) throw new Error(`docs/spec/${name}.md has no example.`);
  return JSON.parse(text) as Json;
}

/** The names between back quotes in the first column of the page's tables. */
function firstColumn(name: string): string[] {
  return [...page(name).matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, member]) => member ?? ''),
  );
}

describe('the example on the page of', () => {
  it('the channel is a profile', () => {
    expect(ChannelProfile.parse(example('channel'))).toEqual(example('channel'));
  });

  it('the ceremony is a plan', () => {
    expect(PlanFile.parse(example('ceremony'))).toEqual(example('ceremony'));
  });

  it('the enrolment is an invitation', () => {
    expect(Invitation.parse(example('enrolment'))).toEqual(example('enrolment'));
  });

  it('the header is a header, with every kind that there is', () => {
    const text = canonicalJson(example('header'));
    expect(canonicalJson(decodeHeader(text))).toBe(text);
    const [, kinds = ''] = /^Kinds: (.*?)\.\n/ms.exec(page('header')) ?? [];
    expect([...kinds.matchAll(/`([^`]+)`/g)].map(([, kind]) => kind).sort()).toEqual([...RECORD_KINDS].sort());
  });

  it('a consent is a header', () => {
    const text = canonicalJson(example('consent'));
    expect(canonicalJson(decodeHeader(text))).toBe(text);
  });

  it('a release is what a second officer signs', () => {
    const { by, at, content, ...released } = example('release') as Parameters<typeof releaseStatement>[0] &
      Parameters<typeof releaseStatement>[1];
    const signed = fromUtf8(releaseStatement(released, { by, at, content }));
    expect(signed).toBe(`liaison release v1\n${canonicalJson(example('release'))}`);
  });

  it('policy lists every reason, with its values and its check', () => {
    const rows = [...page('policy').matchAll(/^\| `([a-z0-9-]+)` \| ?([^|]*?) ?\|$/gm)];
    const listed = rows.map(([, code = '', values = '']) => [code, values.split(', ').filter((value) => value !== '')]);
    expect(Object.fromEntries(listed)).toEqual(REASON_VALUES);
    const [, rules = ''] = /^## Rules$(.*?)^## /ms.exec(page('policy')) ?? [];
    for (const code of REASON_CODES) expect(rules).toContain(`\`${code}\``);
  });

  it('the session is, in canonical form, what a device signs', () => {
    const { device, nonce, origin } = example('session') as Record<string, string>;
    const challenge = { nonce, origin, expiresAt: '2026-11-21T18:04:05.000Z' };
    const signed = sessionSignedBytes({ ...SessionChallenge.parse(challenge), device: DeviceAddress.parse(device) });
    expect(fromUtf8(signed)).toBe(canonicalJson(example('session')));
  });

  it('the errors is an answer, of a code and a check that there are', () => {
    const { error } = ErrorAnswer.parse(example('errors'));
    expect(Object.keys(ERROR_CODES)).toContain(error.code);
    expect(page('validation')).toContain(`\n| ${error.check} |`);
  });

  it('the record has the parts of a record; its receipt those of a receipt', () => {
    expect(Object.keys(example('record') as object)).toEqual(Object.keys(RecordEnvelope.shape));
    const [, members = ''] = /^`\{ (.*?) \}`, given only/m.exec(page('record')) ?? [];
    expect(members.split(', ')).toEqual(Object.keys(Receipt.shape));
  });

  it('the roster has the parts of a signed roster; its table names members of one', () => {
    const signed = example('roster') as { signatures: { keyId: string; signature: string }[] };
    const signatures = signed.signatures.map((each) => ({ ...each, signature: toBase64url(new Uint8Array(64)) }));
    expect(SignedRoster.parse({ ...signed, signatures })).toEqual({ ...signed, signatures });
    const named = firstColumn('roster').map((member) => member.replace(/\[\]$|\..*$/, ''));
    expect(new Set([...named, 'v'])).toEqual(new Set(Object.keys(Roster.shape)));
  });

  it('the transport lists every socket event, and from whom', () => {
    const rows = [...page('transport').matchAll(/^\| `([a-z-]+)` \| (device|hub) → /gm)];
    const sentBy = (who: string) => rows.flatMap(([, event, sender]) => (sender === who ? [event] : [])).sort();
    expect(sentBy('device')).toEqual(Object.keys(CLIENT_EVENTS).sort());
    expect(sentBy('hub')).toEqual(Object.keys(HUB_EVENTS).sort());
  });

  it('the witness policy can be read', () => {
    const [, text = ''] = /^## Witness policy\n\n```\n(.*?)^```$/ms.exec(page('checkpoint')) ?? [];
    const policy = decodeWitnessPolicy(text);
    expect(policy.witnesses.size).toBe(3);
    expect(decodeWitnessPolicy(encodeWitnessPolicy(policy))).toEqual(policy);
  });
});
