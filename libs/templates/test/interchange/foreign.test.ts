import { describe, expect, it } from '@jest/globals';
import type { Json } from '#liaison/protocol';
import { exportMisp, exportStix, importMisp, importStix, templateOf, validateFacts } from '../../src/index.js';
import { recordOf, SMUGGLING } from './fixtures.js';

const at = { spec_version: '2.1', created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' };

/** As another platform writes it. */
const BUNDLE = {
  type: 'bundle',
  id: 'bundle--0d0a2d0e-0000-4000-8000-000000000001',
  objects: [
    { ...at, type: 'identity', id: 'identity--1', name: 'Partner office', identity_class: 'organization' },
    {
      ...at,
      type: 'report',
      id: 'report--1',
      created_by_ref: 'identity--1',
      name: 'Adverts for jobs abroad',
      description: 'Seen in two countries.',
      lang: 'en',
      published: at.created,
      object_refs: ['identity--2'],
    },
    {
      ...at,
      type: 'identity',
      id: 'identity--2',
      name: 'Jane Example',
      identity_class: 'individual',
      roles: ['recruiter'],
    },
    {
      ...at,
      type: 'threat-actor',
      id: 'threat-actor--1',
      name: 'Example Crew',
      threat_actor_types: ['crime-syndicate'],
    },
    {
      ...at,
      type: 'location',
      id: 'location--1',
      country: 'BG',
      city: 'Sofia',
      latitude: 42.7,
      longitude: 23.3,
      precision: 1000,
    },
    { type: 'user-account', id: 'user-account--1', account_type: 'telegram', account_login: '@example' },
    { type: 'url', id: 'url--1', value: 'https://example.org/jobs' },
    { type: 'phone-number', id: 'phone-number--1', value: '+359888000001' },
    { type: 'file', id: 'file--1', hashes: { 'SHA-256': 'AB'.repeat(32), SSDEEP: '3:x:y' } },
    {
      ...at,
      type: 'indicator',
      id: 'indicator--1',
      name: 'the shop',
      pattern: "[url:value = 'https://example.org/']",
      pattern_type: 'stix',
    },
    { ...at, type: 'note', id: 'note--1', content: 'Payment on arrival.', object_refs: ['report--1'] },
    {
      ...at,
      type: 'observed-data',
      id: 'observed-data--1',
      objects: { '0': { type: 'email-addr', value: 'jobs@example.org' } },
    },
    { ...at, type: 'x-unheard-of', id: 'x-unheard-of--1' },
    { ...at, type: 'malware', id: 'malware--1', name: 'Thing', is_family: false },
  ],
};

const EVENT = {
  Event: {
    info: 'Adverts for jobs abroad',
    Orgc: { name: 'Partner office', uuid: 'x' },
    Tag: [{ name: 'tlp:green' }, { name: 'osint:source-type="blog"' }],
    Attribute: [
      { type: 'url', category: 'Network activity', value: 'https://example.org/jobs' },
      { type: 'ip-dst|port', value: '192.0.2.1|443' },
      { type: 'filename|sha256', value: `a.apk|${'ab'.repeat(32)}` },
      { type: 'comment', value: 'Payment on arrival.', comment: 'note' },
      { type: 'domain', value: 'example.org' },
      { type: 'attachment', value: 'photo.jpg', data: 'AA==' },
      { type: 'text', value: 'taken back', deleted: true },
    ],
    Object: [
      {
        name: 'person',
        Attribute: [
          { object_relation: 'full-name', type: 'full-name', value: 'Jane Example' },
          { object_relation: 'role', type: 'text', value: 'Accomplice' },
          { object_relation: 'nationality', type: 'nationality', value: 'BGR' },
          { object_relation: 'phone-number', type: 'phone-number', value: '+359 888 000 001' },
        ],
      },
      { name: 'telegram-account', Attribute: [{ object_relation: 'username', type: 'text', value: '@example' }] },
      { name: 'victim', Attribute: [{ object_relation: 'regions', type: 'target-location', value: 'BG' }] },
    ],
    Galaxy: [{ name: 'x' }],
  },
};

describe('documents of others', () => {
  it('STIX: what is understood becomes facts, the rest words, and the notes say which', () => {
    const { draft, notes, origin } = importStix(JSON.stringify(BUNDLE));
    expect(origin).toBeUndefined();
    expect(draft).toMatchObject({ kind: 'alert', body: { subject: 'Adverts for jobs abroad', language: 'en' } });
    expect(draft.body.facts).toMatchObject({
      persons: [{ name: 'Jane Example', role: 'recruiter' }],
      organisations: [{ name: 'Example Crew', role: 'suspect' }],
      places: [{ country: 'BG', address: 'Sofia', position: { lat: 42.7, lon: 23.3, radiusKm: 1 } }],
      accounts: [{ platform: 'telegram', handle: '@example' }],
      phones: ['+359888000001'],
      emails: ['jobs@example.org'],
    });
    expect(draft.body.text).toContain('Payment on arrival.');
    const all = JSON.stringify(draft.body);
    for (const words of ['https://example.org/jobs', 'ab'.repeat(32), 'the shop', 'Thing', 'Partner office'])
      expect(all).toContain(words);
    expect(notes).toContainEqual(expect.objectContaining({ code: 'not-read', subject: 'x-unheard-of' }));
  });

  it('MISP: likewise', () => {
    const { draft, notes } = importMisp(JSON.stringify(EVENT));
    expect(draft.body.facts).toMatchObject({
      persons: [{ name: 'Jane Example', nationalities: ['BG'], phones: ['+359888000001'] }],
      accounts: [{ platform: 'Telegram', handle: '@example' }],
      ips: ['192.0.2.1'],
    });
    const all = JSON.stringify(draft.body);
    for (const words of [
      'https://example.org/jobs',
      'ab'.repeat(32),
      'Accomplice',
      'osint:source-type',
      'example.org',
      'Payment on arrival.',
    ])
      expect(all).toContain(words);
    expect(all).not.toContain('taken back');
    const unread = notes.filter(({ code }) => code === 'not-read').map(({ subject }) => subject);
    expect(unread).toEqual(['photo.jpg', 'Galaxy']);
  });

  it.each([
    ['STIX', () => importStix(JSON.stringify(BUNDLE))],
    ['MISP', () => importMisp(JSON.stringify(EVENT))],
    [
      'our own STIX without its record',
      () => importStix(JSON.stringify(exportStix(SMUGGLING, { carryRecord: false }).bundle)),
    ],
    [
      'our own MISP without its record',
      () => importMisp(JSON.stringify(exportMisp(SMUGGLING, { carryRecord: false }).event)),
    ],
  ])('%s: the facts are as the form says; only what it asks for may be missing', (_, read) => {
    const { body } = read().draft;
    const template = templateOf(body.template?.id ?? '');
    const problems = template === undefined ? [] : validateFacts(template, body.facts).problems;
    expect(template).toBeDefined();
    expect(problems.filter(({ severity, code }) => severity === 'error' && code !== 'required')).toEqual([]);
  });

  it('takes the form that it is told', () => {
    const { draft } = importStix(JSON.stringify(BUNDLE), { template: 'sighting' });
    expect(draft.kind).toBe('sighting');
    expect(draft.body.facts).toMatchObject({ persons: [{ name: 'Jane Example' }] });
  });

  it('a record that somebody spoilt is read as other tools read it, and the notes say so', () => {
    const { bundle } = exportStix(SMUGGLING);
    const spoilt = JSON.stringify(bundle).replace(String.raw`\"v\":1`, String.raw`\"v\":2`);
    const { draft, notes } = importStix(spoilt);
    expect(notes).toContainEqual(expect.objectContaining({ code: 'record-unreadable' }));
    expect(JSON.stringify(draft.body.facts)).toContain('+447700900123');
  });
});

describe('losses', () => {
  it('say what travels nowhere, and what is only words where the record does not travel', () => {
    const withFiles = {
      ...SMUGGLING,
      header: { ...SMUGGLING.header, attachments: [{ id: 'A'.repeat(43), size: 5 }] },
      body: { ...SMUGGLING.body, releaseSalt: 'A'.repeat(43) },
    };
    for (const { losses } of [exportStix(withFiles), exportMisp(withFiles)])
      expect(losses.map(({ pointer }) => pointer)).toEqual(['/header/attachments', '/body/releaseSalt']);
    for (const { losses } of [
      exportStix(SMUGGLING, { carryRecord: false }),
      exportMisp(SMUGGLING, { carryRecord: false }),
    ]) {
      const pointers = losses.map(({ pointer }) => pointer);
      expect(pointers).toEqual(
        expect.arrayContaining([
          '/header/releasableTo',
          '/body/facts/nextMovement/window/from',
          '/body/facts/routes/0/0',
        ]),
      );
      expect(pointers).not.toContain('/body/facts/persons/0/surname');
      expect(pointers).not.toContain('/body/facts/riskReason');
    }
  });

  it('XCH-05: what is no record of the documented form is not exported', () => {
    const wrong = recordOf({}, { sentAt: 'yesterday' });
    for (const send of [exportStix, exportMisp])
      expect(() => send(wrong)).toThrow(expect.objectContaining({ details: { check: 'XCH-05' } }));
  });

  it('the same record gives the same document, whatever the order of its members', () => {
    const turned = (value: Json): Json =>
      typeof value !== 'object' || value === null
        ? value
        : Array.isArray(value)
          ? value.map(turned)
          : Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, member]) => [name, turned(member as Json)]),
            );
    const other = {
      header: SMUGGLING.header,
      body: { ...SMUGGLING.body, facts: turned(SMUGGLING.body.facts ?? null) as typeof SMUGGLING.body.facts },
    };
    expect(exportStix(other)).toEqual(exportStix(SMUGGLING));
    expect(exportMisp(other)).toEqual(exportMisp(SMUGGLING));
  });
});
