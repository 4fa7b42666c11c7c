import type { Json } from '#liaison/protocol';
import { alpha2Of } from '../countries.js';
import { memberOf, present, stringOf } from '../interchange/json-values.js';
import type { Entity } from '../interchange/read-facts.js';
import type { JsonObject } from '../pointer.js';
import { readAttribute } from './read-attribute.js';
import { attributesOf } from './read-event.js';

type Found = Omit<Entity, 'pointer'>;

/** The facts that a MISP object stands for; none where no form has one. */
export function readObject(name: string, object: JsonObject): readonly Found[] {
  return READERS.get(name)?.(valuesOf(object)) ?? [];
}

/** Values by relation, in order. */
type Values = ReadonlyMap<string, readonly string[]>;

function valuesOf(object: JsonObject): Values {
  const values = new Map<string, string[]>();
  for (const attribute of attributesOf(object)) {
    const relation = stringOf(memberOf(attribute, 'object_relation'));
    const value = stringOf(memberOf(attribute, 'value'));
    if (relation !== undefined && value !== undefined) values.set(relation, [...(values.get(relation) ?? []), value]);
  }
  return values;
}

const READERS: ReadonlyMap<string, (values: Values) => readonly Found[]> = new Map([
  ['person', readPerson],
  ['victim', readVictim],
  [
    'organization',
    (values) =>
      composite('organisation', {
        name: one(values, 'name'),
        address: one(values, 'address'),
        registration: one(values, 'registration-number'),
      }),
  ],
  [
    'legal-entity',
    (values) =>
      composite('organisation', { name: one(values, 'name'), registration: one(values, 'registration-number') }),
  ],
  ['vehicle', readVehicle],
  ['bank-account', (values) => leaves('iban', values, ['iban'])],
  ['coin-address', (values) => leaves('wallet', values, ['address', 'address-crypto', 'address-xmr'])],
  ['phone-number', (values) => leaves('phone', values, ['phone-number'])],
  ['phone', (values) => [...leaves('imei', values, ['imei']), ...leaves('phone', values, ['msisdn'])]],
  ['url', (values) => leaves('url', values, ['url'])],
  ['geolocation', readPlace],
  [
    'telegram-account',
    (values) =>
      account(values, { platform: 'Telegram', handle: one(values, 'username'), accountId: one(values, 'id') }),
  ],
  ['instant-message-group', readGroup],
  ['social-media-group', readGroup],
  ['user-account', readUserAccount],
  [
    'file',
    (values) =>
      ['md5', 'sha1', 'sha256', 'sha384', 'sha512'].flatMap(
        (type) => readAttribute(type, one(values, type) ?? '') ?? [],
      ),
  ],
  ['liaison-document', (values) => composite('document', camelCased(values))],
  ['liaison-vessel', (values) => composite('vessel', camelCased(values))],
  ['forged-document', readForged],
]);

function one(values: Values, relation: string): string | undefined {
  return values.get(relation)?.[0];
}

function many(values: Values, relation: string): readonly string[] | undefined {
  return values.get(relation);
}

function composite(type: Entity['type'], members: JsonObject): Found[] {
  const value = present(members);
  return Object.keys(value).length === 0 ? [] : [{ type, value }];
}

function leaves(type: Entity['type'], values: Values, relations: readonly string[]): Found[] {
  return relations.flatMap((relation) => (values.get(relation) ?? []).map((value) => ({ type, value })));
}

const ROLES: ReadonlyMap<string, string> = new Map([
  ['Suspect', 'suspect'],
  ['Accused', 'suspect'],
  ['Victim', 'victim'],
  ['Witness', 'witness'],
]);

function readPerson(values: Values): Found[] {
  const role = one(values, 'role');
  const passport = one(values, 'passport-number');
  const card = one(values, 'identity-card-number');
  const documents = [
    ...(passport === undefined ? [] : [{ documentType: 'passport', number: passport }]),
    ...(card === undefined ? [] : [{ documentType: 'identity-card', number: card }]),
  ];
  return composite('person', {
    givenNames: one(values, 'first-name'),
    surname: one(values, 'last-name'),
    name: one(values, 'full-name'),
    aliases: many(values, 'alias'),
    sex: one(values, 'gender')?.toLowerCase(),
    born: one(values, 'date-of-birth')?.slice(0, 10),
    birthPlace: one(values, 'place-of-birth'),
    nationalities: many(values, 'nationality')?.map((country) => alpha2Of(country.toUpperCase())),
    role: role === undefined ? undefined : (ROLES.get(role) ?? role),
    phones: many(values, 'phone-number'),
    emails: many(values, 'e-mail'),
    documents: documents.length === 0 ? undefined : documents,
    notes: one(values, 'text'),
  });
}

function readVictim(values: Values): Found[] {
  const name = one(values, 'name');
  const description = one(values, 'description');
  if (name === undefined && description === undefined) return [];
  return composite('person', { name, role: 'victim', description });
}

/** `CB 0000 XX (BG)` as we write it; others have the number alone. */
function readVehicle(values: Values): Found[] {
  const [number = '', country] = one(values, 'license-plate-number')?.split(/ \(([A-Z]{2})\)$/) ?? [];
  return composite('vehicle', {
    vehicleType: one(values, 'type')?.toLowerCase(),
    make: [one(values, 'make'), one(values, 'model')].filter((part) => part !== undefined).join(' ') || undefined,
    colour: one(values, 'exterior-color'),
    plate: number === '' ? undefined : present({ number, country: country === '' ? undefined : country }),
    vin: one(values, 'vin'),
    notes: one(values, 'description'),
  });
}

function readPlace(values: Values): Found[] {
  const lat = Number(one(values, 'latitude') ?? Number.NaN);
  const lon = Number(one(values, 'longitude') ?? Number.NaN);
  const radiusKm = Number(one(values, 'accuracy-radius') ?? Number.NaN);
  const country = one(values, 'countrycode');
  const words = ['address', 'zipcode', 'city', 'region', 'country'].flatMap((relation) => one(values, relation) ?? []);
  return composite('place', {
    name: one(values, 'text'),
    country: country === undefined ? undefined : alpha2Of(country.toUpperCase()),
    address: words.length === 0 ? undefined : words.join(', '),
    position:
      Number.isNaN(lat) || Number.isNaN(lon)
        ? undefined
        : present({ lat, lon, radiusKm: Number.isNaN(radiusKm) ? undefined : radiusKm }),
  });
}

function readGroup(values: Values): Found[] {
  return account(values, {
    platform: one(values, 'app-used') ?? one(values, 'platform'),
    accountType: 'group',
    displayName: one(values, 'group-name'),
    handle: one(values, 'group-alias'),
    url: one(values, 'url') ?? one(values, 'link'),
  });
}

function readUserAccount(values: Values): Found[] {
  return account(values, {
    platform: one(values, 'account-type'),
    handle: one(values, 'username'),
    accountId: one(values, 'user-id'),
    displayName: one(values, 'display-name'),
    url: one(values, 'link'),
  });
}

function account(values: Values, members: JsonObject): Found[] {
  const phones = leaves('phone', values, ['phone']);
  return [...composite('account', members), ...phones];
}

function readForged(values: Values): Found[] {
  return composite('document', {
    documentState: 'forged',
    number: one(values, 'document-name'),
    notes: one(values, 'document-text'),
  });
}

function camelCased(values: Values): JsonObject {
  const entries = [...values].map(([relation, [value]]): [string, Json | undefined] => [
    relation.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    relation === 'quantity' ? Number(value) : value,
  ]);
  return Object.fromEntries(entries);
}
