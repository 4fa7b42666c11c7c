import type { Json } from '#liaison/protocol';
import { networkOf } from '../fields/wallet.js';
import { memberOf, numberOf, objectOf, stringOf, stringsOf } from '../interchange/json-values.js';
import type { Entity, EntityType } from '../interchange/read-facts.js';
import { unchangedMembers } from '../interchange/unchanged-members.js';
import type { JsonObject } from '../pointer.js';
import { hashAttribute } from './attribute-types.js';
import { objectTemplate } from './object-templates.js';

/** One value of a MISP object, and the member of the fact that it is. */
export interface Relation {
  readonly relation: string;
  readonly value: string;
  /** `''` where the fact has one value. Undefined where the value only helps other tools, and the member stays words too. */
  readonly member?: string;
}

/** What stands for a fact: an object of a definition, or an attribute of the event. */
export type NativeFact =
  | { readonly object: string; readonly relations: readonly Relation[] }
  | { readonly attribute: { readonly type: string; readonly value: string } };

/** Empty where MISP has nothing that could hold it: it is then words. */
export function writeEntity({ type, value }: Pick<Entity, 'type' | 'value'>): readonly NativeFact[] {
  return WRITERS[type](value);
}

const WRITERS: Readonly<Record<EntityType, (value: Json) => readonly NativeFact[]>> = {
  person: writePerson,
  organisation: (value) =>
    object(
      'organization',
      mapped(unchangedMembers('organisation', value), {
        name: 'name',
        registration: 'registration-number',
        address: 'address',
      }),
    ),
  document: writeDocument,
  vehicle: writeVehicle,
  vessel: (value) => object('liaison-vessel', kebabMembers(unchangedMembers('vessel', value))),
  account: writeAccount,
  place: writePlace,
  position: (value) => object('geolocation', positionRelations(value, '')),
  phone: (value) => leaf('phone-number', 'phone-number', value),
  imei: (value) => leaf('phone', 'imei', value),
  iban: (value) => leaf('bank-account', 'iban', value),
  wallet: writeWallet,
  plate: (value) => object('vehicle', plateRelations(value, '')),
  url: (value) => leaf('url', 'url', value),
  email: (value) => attribute('email', value),
  ip: (value) => attribute('ip-dst', value),
  hash: (value) => {
    const hash = hashAttribute(stringOf(value) ?? '');
    return hash === undefined ? [] : [{ attribute: hash }];
  },
};

/** Nothing where the definition asks for more than is known. */
function object(name: string, relations: readonly Relation[]): NativeFact[] {
  const needed = objectTemplate(name)?.requiredOneOf ?? [];
  return relations.some(({ relation }) => needed.includes(relation)) ? [{ object: name, relations }] : [];
}

function attribute(type: string, value: Json): NativeFact[] {
  const text = stringOf(value);
  return text === undefined ? [] : [{ attribute: { type, value: text } }];
}

function leaf(name: string, relation: string, value: Json): NativeFact[] {
  const text = stringOf(value);
  return text === undefined ? [] : object(name, [{ relation, value: text, member: '' }]);
}

/** @param names relation of each member; lists become several values. */
function mapped(members: JsonObject, names: Readonly<Record<string, string>>): Relation[] {
  return Object.entries(names).flatMap(([member, relation]) => {
    const value = memberOf(members, member);
    const values =
      typeof value === 'number'
        ? [String(value)]
        : [...stringsOf(value), ...(stringOf(value) === undefined ? [] : [stringOf(value) ?? ''])];
    return values.map((text) => ({ relation, value: text, member }));
  });
}

function kebabMembers(members: JsonObject): Relation[] {
  const kebab = (member: string): string => member.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { notes: _n, ...rest } = members;
  return mapped(rest, Object.fromEntries(Object.keys(rest).map((member) => [member, kebab(member)])));
}

/** MISP's list of roles is of defendants and sources: only those that say no more than ours. */
const ROLES: Readonly<Record<string, string>> = {
  suspect: 'Suspect',
  victim: 'Victim',
  witness: 'Witness',
};
const GENDERS: Readonly<Record<string, string>> = {
  female: 'Female',
  male: 'Male',
  other: 'Other',
  unknown: 'Unknown',
};
const NAMING = ['first-name', 'last-name', 'full-name', 'alias'];

function writePerson(value: Json): NativeFact[] {
  const members = unchangedMembers('person', value);
  const role = ROLES[stringOf(members['role']) ?? ''];
  const gender = GENDERS[stringOf(members['sex']) ?? ''];
  const relations: Relation[] = [
    ...mapped(members, {
      givenNames: 'first-name',
      surname: 'last-name',
      name: 'full-name',
      aliases: 'alias',
      birthPlace: 'place-of-birth',
      nationalities: 'nationality',
    }),
    ...bornRelation(members['born']),
    ...(gender === undefined ? [] : [{ relation: 'gender', value: gender, member: 'sex' }]),
    ...(role === undefined ? [] : [{ relation: 'role', value: role, member: 'role' }]),
    ...[...stringsOf(members['phones'])].map((phone) => ({ relation: 'phone-number', value: phone })),
    ...[...stringsOf(members['emails'])].map((email) => ({ relation: 'e-mail', value: email })),
  ];
  const isNamed = relations.some(({ relation }) => NAMING.includes(relation));
  const named = isNamed ? relations : [{ relation: 'full-name', value: 'Unnamed person' }, ...relations];
  return [...object('person', named), ...victim(members)];
}

/** MISP takes whole days only. */
function bornRelation(born: Json | undefined): Relation[] {
  const day = stringOf(born);
  return day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day)
    ? [{ relation: 'date-of-birth', value: day, member: 'born' }]
    : [];
}

/** Beside the person, for tools that look for victims: where they come from, never who they are. */
function victim(members: JsonObject): NativeFact[] {
  const regions = stringsOf(members['nationalities']).map((value) => ({ relation: 'regions', value }));
  if (members['role'] !== 'victim' || regions.length === 0) return [];
  return object('victim', [{ relation: 'classification', value: 'individual' }, ...regions]);
}

const FORGED = ['forged', 'counterfeit', 'fraudulently-obtained'];

function writeDocument(value: Json): NativeFact[] {
  const members = unchangedMembers('document', value);
  const name = [stringOf(members['documentType']), stringOf(members['number'])]
    .filter((part) => part !== undefined)
    .join(' ');
  const isForged = FORGED.includes(stringOf(members['documentState']) ?? '');
  const forged: Relation[] = [
    { relation: 'document-name', value: name || 'document' },
    { relation: 'purpose-of-document', value: 'Identification' },
  ];
  return [...object('liaison-document', kebabMembers(members)), ...(isForged ? object('forged-document', forged) : [])];
}

function writeVehicle(value: Json): NativeFact[] {
  const members = unchangedMembers('vehicle', value);
  return object('vehicle', [
    ...mapped(members, { vehicleType: 'type', make: 'make', vin: 'vin', colour: 'exterior-color' }),
    ...plateRelations(members['plate'], 'plate'),
    ...plateRelations(members['trailerPlate'], 'trailerPlate'),
  ]);
}

/** The country stands in brackets after the number, so the plate is words too. */
function plateRelations(plate: Json | undefined, member: string): Relation[] {
  const number = stringOf(memberOf(objectOf(plate), 'number'));
  const country = stringOf(memberOf(objectOf(plate), 'country'));
  if (number === undefined) return [];
  const relation = 'license-plate-number';
  if (country === undefined && member !== 'trailerPlate') return [{ relation, value: number, member }];
  return [{ relation, value: country === undefined ? number : `${number} (${country})` }];
}

function writeAccount(value: Json): NativeFact[] {
  const members = unchangedMembers('account', value);
  const isGroup = ['group', 'channel'].includes(stringOf(members['accountType']) ?? '');
  if (isGroup && (members['handle'] !== undefined || members['displayName'] !== undefined))
    return object(
      'instant-message-group',
      mapped(members, { displayName: 'group-name', handle: 'group-alias', platform: 'app-used', url: 'url' }),
    );
  const isTelegram = stringOf(members['platform'])?.toLowerCase() === 'telegram';
  if (isTelegram && (members['handle'] !== undefined || members['accountId'] !== undefined))
    return object('telegram-account', mapped(members, { handle: 'username', accountId: 'id' }));
  if (members['handle'] === undefined && members['accountId'] === undefined) return [];
  return object(
    'user-account',
    mapped(members, {
      handle: 'username',
      accountId: 'user-id',
      displayName: 'display-name',
      platform: 'account-type',
      url: 'link',
    }),
  );
}

function writePlace(value: Json): NativeFact[] {
  const members = unchangedMembers('place', value);
  if (members['country'] === undefined && members['position'] === undefined) return [];
  return object('geolocation', [
    ...mapped(members, { name: 'text', country: 'countrycode', address: 'address' }),
    ...positionRelations(members['position'], 'position'),
  ]);
}

/** MISP's accuracy radius is in kilometres. */
function positionRelations(value: Json | undefined, member: string): Relation[] {
  const position = objectOf(value);
  const entries = [
    ['latitude', numberOf(memberOf(position, 'lat'))],
    ['longitude', numberOf(memberOf(position, 'lon'))],
    ['accuracy-radius', numberOf(memberOf(position, 'radiusKm'))],
  ] as const;
  return entries.flatMap(([relation, number]) =>
    number === undefined ? [] : [{ relation, value: String(number), member }],
  );
}

function writeWallet(value: Json): NativeFact[] {
  const address = stringOf(value);
  if (address === undefined) return [];
  const network = networkOf(address);
  const symbol = SYMBOLS.get(network ?? '');
  const relation = network === 'Bitcoin' ? 'address' : 'address-crypto';
  return object('coin-address', [
    { relation, value: address, member: '' },
    ...(symbol === undefined ? [] : [{ relation: 'symbol', value: symbol }]),
  ]);
}

const SYMBOLS = new Map([
  ['Bitcoin', 'BTC'],
  ['Litecoin', 'LTC'],
  ['Dogecoin', 'DOGE'],
  ['Tron', 'TRX'],
  ['Cardano', 'ADA'],
  ['Ethereum', 'ETH'],
]);
