import { mispUuid } from './misp-event.js';

/** As much of a MISP object definition (misp-objects `definition.json`) as writing and reading take. */
export interface ObjectTemplate {
  readonly name: string;
  readonly uuid: string;
  readonly version: number;
  readonly metaCategory: string;
  readonly description: string;
  /** Type of the attribute of each relation. */
  readonly relations: Readonly<Record<string, string>>;
  readonly requiredOneOf: readonly string[];
}

function published(
  name: string,
  uuid: string,
  version: number,
  metaCategory: string,
  relations: Readonly<Record<string, string>>,
  requiredOneOf: readonly string[],
): ObjectTemplate {
  return { name, uuid, version, metaCategory, description: name, relations, requiredOneOf };
}

const text = 'text';

/** Those of MISP/misp-objects that records are written with; of their relations the ones in use. */
const PUBLISHED = [
  published(
    'person',
    'a15b0477-e9d1-4b9c-9546-abe78a4f4248',
    21,
    'misc',
    {
      ...{
        'first-name': 'first-name',
        'last-name': 'last-name',
        'full-name': 'full-name',
        alias: text,
        gender: 'gender',
      },
      ...{
        'date-of-birth': 'date-of-birth',
        'place-of-birth': 'place-of-birth',
        nationality: 'nationality',
        role: text,
      },
      ...{ 'phone-number': 'phone-number', 'e-mail': 'email-src', address: text, text },
      ...{ 'passport-number': 'passport-number', 'identity-card-number': 'identity-card-number' },
    },
    ['first-name', 'last-name', 'full-name', 'alias', 'handle'],
  ),
  published(
    'organization',
    'f750e12b-127a-432c-b022-b3f9153c4e2a',
    9,
    'misc',
    {
      name: text,
      role: text,
      address: text,
      'registration-number': text,
      'phone-number': 'phone-number',
      description: text,
    },
    ['name', 'alias'],
  ),
  published(
    'vehicle',
    '683c076c-f695-4ff2-8efa-e98a418049f4',
    5,
    'misc',
    { type: text, make: text, 'license-plate-number': text, vin: text, 'exterior-color': text, description: text },
    ['description', 'make', 'license-plate-number', 'vin', 'exterior-color', 'type'],
  ),
  published(
    'bank-account',
    'b4712203-95a8-4883-80e9-b566f5df11c9',
    3,
    'financial',
    { iban: 'iban', account: 'bank-account-nr' },
    ['account', 'iban'],
  ),
  published(
    'coin-address',
    'd0e6997e-78da-4815-a6a1-cfc1c1cb8a46',
    7,
    'financial',
    { address: 'btc', 'address-crypto': text, 'address-xmr': 'xmr', symbol: text },
    ['address', 'address-xmr', 'address-crypto'],
  ),
  published('phone-number', 'c4b5a67c-63d2-11ec-90d6-0242ac120003', 1, 'mobile', { 'phone-number': 'phone-number' }, [
    'phone-number',
  ]),
  published('phone', 'd7e4fbdd-b551-4862-bddb-a0b470a38509', 6, 'misc', { imei: text, msisdn: text }, [
    'imei',
    'msisdn',
  ]),
  published(
    'geolocation',
    'cd6f2238-ba55-4888-82c4-104e6e1acf21',
    8,
    'misc',
    {
      ...{ latitude: 'float', longitude: 'float', 'accuracy-radius': 'float', countrycode: text, address: text, text },
      ...{ city: text, region: text, country: text },
    },
    ['latitude', 'longitude', 'city', 'region', 'country', 'countrycode'],
  ),
  published(
    'telegram-account',
    '06f02ecf-5afb-42c5-9cb0-b362e222f52c',
    2,
    'misc',
    { username: text, id: text, phone: text, first_name: text, last_name: text },
    ['id', 'phone', 'username'],
  ),
  published(
    'instant-message-group',
    'e26becca-2149-4bc0-b3fb-7090d43af28f',
    2,
    'misc',
    { 'group-name': text, 'group-alias': text, 'app-used': text, url: 'url', username: text },
    ['group-name', 'group-alias'],
  ),
  published(
    'user-account',
    '49606b06-22f0-4ac8-8eee-2f12ad46f3d3',
    6,
    'misc',
    { username: text, 'user-id': text, 'display-name': text, 'account-type': text, link: 'link' },
    ['username', 'user-id'],
  ),
  published('url', '60efb77b-40b5-4c46-871b-ed1ed999fce5', 10, 'network', { url: 'url' }, ['url']),
  published(
    'forged-document',
    '7e927620-b97c-4b00-98c0-8c0184d83d21',
    7,
    'file',
    { 'document-name': text, 'document-text': text, 'purpose-of-document': text },
    ['document-name', 'document-text'],
  ),
  published(
    'victim',
    'a8806e40-39ad-435f-be02-ac2a13d6fc7d',
    10,
    'misc',
    { classification: text, regions: 'target-location', roles: text, description: text },
    ['regions'],
  ),
  published(
    'translation',
    'a43b54fa-dac9-11e9-9b0d-97296aceae1a',
    1,
    'misc',
    {
      ...{ 'original-language': text, 'original-text': text, 'translated-text': text, 'translation-language': text },
      ...{ 'translation-service': text, 'translation-type': text },
    },
    ['translated-text'],
  ),
  published(
    'intelligence-source-assessment',
    '2d3a5895-6c54-50b5-bd25-ce33e974c50a',
    1,
    'misc',
    { evaluation: text, 'source-summary': text, 'source-reliability': text, 'information-credibility': text },
    ['source-summary', 'information-credibility'],
  ),
  published(
    'intelligence-dissemination',
    'fca90ca9-b3a9-52c2-972f-6617b75665f6',
    1,
    'misc',
    {
      ...{ 'dissemination-id': text, 'dissemination-time': 'datetime', originator: text, recipient: text },
      ...{
        precedence: text,
        classification: text,
        'handling-instructions': text,
        method: text,
        'related-report': text,
      },
    },
    ['dissemination-id'],
  ),
] as const;

function own(name: string, description: string, relations: Readonly<Record<string, string>>): ObjectTemplate {
  const requiredOneOf = Object.keys(relations);
  const uuid = mispUuid(`object-template/${name}/1`);
  return { name, uuid, version: 1, metaCategory: 'misc', description, relations, requiredOneOf };
}

/** Where MISP/misp-objects has none that fits: docs/spec/interchange.md. */
const OWN = [
  own('liaison-record', 'A record of Liaison as canonical JSON, and its marking in words.', {
    record: 'attachment',
    marking: text,
  }),
  own('liaison-document', 'An identity or travel document, or a series of blanks.', {
    ...{
      'document-type': text,
      'document-state': text,
      issuer: text,
      number: text,
      'serial-from': text,
      'serial-to': text,
    },
    ...{ quantity: 'counter', holder: text, 'issued-at': text, 'valid-until': text, mrz: text },
  }),
  own('liaison-vessel', 'A vessel.', {
    ...{ name: text, 'vessel-type': text, imo: text, mmsi: text, 'call-sign': text, flag: text, colour: text },
    'home-port': text,
  }),
] as const;

const BY_NAME = new Map<string, ObjectTemplate>([...PUBLISHED, ...OWN].map((template) => [template.name, template]));

export function objectTemplate(name: string): ObjectTemplate | undefined {
  return BY_NAME.get(name);
}

/** Our own definitions in the form of misp-objects, for an administrator to install. */
export function mispObjectDefinitions(): readonly { readonly [member: string]: unknown }[] {
  return OWN.map(({ name, uuid, version, metaCategory, description, relations, requiredOneOf }) => ({
    ...{ name, uuid, version, description, 'meta-category': metaCategory, requiredOneOf },
    attributes: Object.fromEntries(
      Object.entries(relations).map(([relation, type]) => [
        relation,
        { 'misp-attribute': type, description: relation, 'ui-priority': 0 },
      ]),
    ),
  }));
}
