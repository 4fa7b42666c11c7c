import {
  type ChannelId,
  ContactPointId,
  ContentBody,
  type DeviceAddress,
  type Json,
  type Marking,
  type RecordHeader,
  type RecordId,
} from '#liaison/protocol';
import { type ExportableRecord } from '../../src/interchange/carried-record.js';

export const MARKING: Marking = {
  classification: 'RESTRICTED',
  nationalMarking: 'За служебно ползване',
  handling: ['H0', 'H2'],
  tlp: 'AMBER',
  pap: 'AMBER',
  caveats: ['minor'],
};

export function recordOf(
  body: { readonly [member: string]: Json | undefined },
  header: Partial<RecordHeader> = {},
): ExportableRecord {
  return {
    header: {
      v: 1,
      id: '019aa8b0-2000-7c3d-8a21-0f4e5d6c7b8a' as RecordId,
      channel: '019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a' as ChannelId,
      epoch: 3,
      kind: 'alert',
      sender: 'bg:petrova:desk-1' as DeviceAddress,
      sentAt: '2026-11-21T18:00:00.000Z',
      marking: MARKING,
      priority: 'urgent',
      retention: { reviewDays: 365 },
      attachments: [],
      bodySize: 512,
      seen: { seq: 1, chain: 'A'.repeat(43) },
      ...header,
    },
    body: ContentBody.parse({
      v: 1,
      type: 'content',
      language: 'bg',
      subject: 'Реклама на превоз на мигранти в Telegram',
      ...body,
    }),
  };
}

/** Migrant smuggling advertised on a platform: a fact of every kind that the formats have objects for, and some they have none for. */
const SMUGGLING_FACTS = {
  crimes: ['migrant-smuggling'],
  riskToLife: true,
  riskReason: 'затворено хладилно отделение',
  accounts: [
    {
      platform: 'Telegram',
      accountType: 'channel',
      handle: '@safe_road_eu_example',
      invite: 'https://t.me/+ExampleInvite0001',
      memberCount: 3120,
    },
    { platform: 'Telegram', accountType: 'profile', handle: '@abu_tariq_example', accountId: '1000001' },
    {
      platform: 'Facebook',
      accountType: 'profile',
      displayName: 'Safe Road',
      url: 'https://facebook.example/safe.road',
    },
  ],
  adverts: [
    {
      platform: 'Telegram',
      url: 'https://t.me/safe_road_eu_example/17',
      text: { text: 'Сигурен път до ЕС. Камион, 2 дни.', language: 'bg' },
      capturedAt: '2026-11-18T21:14:00.000Z',
      hashes: [`sha-256:${'ab'.repeat(32)}`],
    },
  ],
  phones: ['+447700900123', '+33639981234'],
  routes: [['Edirne', 'Svilengrad', 'Sofia', 'Szeged']],
  nextMovement: {
    window: { from: '2026-11-23T20:00:00.000Z', to: '2026-11-24T04:00:00.000Z' },
    place: { name: 'Sofia', country: 'BG', position: { lat: 42.6977, lon: 23.3219, radiusKm: 15 } },
  },
  vehicles: [
    { vehicleType: 'refrigerated-truck', make: 'Mercedes-Benz Actros', plate: { number: 'CB 0000 XX', country: 'BG' } },
  ],
  vessels: [{ name: 'Example', vesselType: 'fishing-vessel', imo: '9074729', flag: 'TR' }],
  migrants: { count: 28, minors: 6, nationalities: ['AF', 'IQ', 'PK'] },
  persons: [
    {
      role: 'organiser',
      surname: 'Example',
      givenNames: 'Tariq',
      aliases: ['Abu Tariq'],
      sex: 'male',
      born: '1986-01-31',
      nationalities: ['IQ'],
      documents: [{ documentType: 'passport', documentState: 'forged', issuer: 'IQ', number: 'A0000000' }],
      phones: ['+447700900123'],
      emails: ['tariq@example.org'],
      address: { name: 'near the station', country: 'TR' },
      description: 'около 40 години',
    },
    { role: 'possible-victim', name: 'Unknown minor', ageGroup: '9-17' },
  ],
  organisations: [{ name: 'Example Transport Ltd', role: 'transporter', country: 'BG', phones: ['+35929999999'] }],
  price: { amount: { amount: 4500, currency: 'EUR' }, paymentMethod: 'hawala' },
  ibans: ['DE89370400440532013000'],
  wallets: ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
  documents: [
    { documentType: 'residence-permit', documentState: 'stolen-blank', issuer: 'BG', serialFrom: '1', serialTo: '99' },
  ],
  places: [{ name: 'Kalotina', country: 'BG', placeRole: 'border-crossing' }, { name: 'only a name' }],
} satisfies Json;

export const SMUGGLING = recordOf(
  {
    text: 'Тръгване след 48 часа.',
    sourceEvaluation: 'B',
    informationEvaluation: '2',
    originalEvaluation: { scheme: 'admiralty', source: 'B', information: '2' },
    template: { id: 'smuggling-alert', version: 1 },
    facts: SMUGGLING_FACTS,
    factMarkings: {
      '/persons/1': {
        classification: 'RESTRICTED',
        handling: ['H0', 'H1'],
        tlp: 'AMBER',
        pap: 'AMBER',
        caveats: ['minor'],
      },
      '/accounts/0/invite': { classification: 'RESTRICTED', handling: ['H0'], tlp: 'AMBER', pap: 'AMBER', caveats: [] },
    },
    translations: [
      {
        language: 'en',
        translator: 'ATS Sofia',
        method: 'machine',
        at: '2026-11-21T18:01:00.000Z',
        subject: 'Advert for the transport of migrants on Telegram',
        text: 'Departure in 48 hours.',
        facts: { '/adverts/0/text': 'Safe way to the EU. Lorry, 2 days.' },
      },
    ],
  },
  {
    marking: { ...MARKING, handling: ['H0', 'H1', 'H2'] },
    releasableTo: ['bg', 'hu'].map((id) => ContactPointId.parse(id)),
  },
);
