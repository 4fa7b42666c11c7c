import type { Json } from '#liaison/protocol';
import { networkOf } from '../fields/wallet.js';
import { memberOf, numberOf, objectOf, present, stringOf, stringsOf } from '../interchange/json-values.js';
import type { Entity, EntityType } from '../interchange/read-facts.js';
import { unchangedMembers } from '../interchange/unchanged-members.js';
import type { JsonObject } from '../pointer.js';
import { extension, type ExtensionName, EXTENSIONS } from './extension-definitions.js';
import { fileHashes } from './file-hashes.js';
import type { NativeObject } from './native-object.js';

/** Undefined where STIX has no object that could hold it: it is then words. */
export function writeEntity({ type, value }: Pick<Entity, 'type' | 'value'>): NativeObject | undefined {
  return WRITERS[type](value);
}

const WRITERS: Readonly<Record<EntityType, (value: Json) => NativeObject | undefined>> = {
  person: writePerson,
  organisation: writeOrganisation,
  document: (value) => ownObservable('liaison-document', 'document', value),
  vehicle: (value) => ownObservable('liaison-vehicle', 'vehicle', value),
  vessel: (value) => ownObservable('liaison-vessel', 'vessel', value),
  account: writeAccount,
  place: (value) => writePlace(unchangedMembers('place', value)),
  position: (value) => positioned(value),
  phone: (value) => leafObservable('liaison-phone-number', 'value', value),
  imei: (value) => leafObservable('liaison-device', 'imei', value),
  iban: (value) => leafObservable('liaison-bank-account', 'iban', value),
  wallet: (value) => leafObservable('liaison-wallet', 'address', value, { network: networkOf(stringOf(value) ?? '') }),
  plate: (value) => leafObservable('liaison-vehicle', 'plate', value),
  url: (value) => standard('url', uriOf(value)),
  email: (value) => standard('email-addr', asciiAddress(value)),
  ip: writeIp,
  hash: writeHash,
};

/** `givenNames` is `given_names` in STIX. */
function snakeCase(member: string): string {
  return member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function snakeCased(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [snakeCase(name), member]));
}

function inExtension(name: ExtensionName, members: JsonObject): { [member: string]: string } {
  return Object.fromEntries(
    Object.keys(members).map((member) => [member, `extensions.${EXTENSIONS[name]}.${snakeCase(member)}`]),
  );
}

/**
 * Always an identity with its role and never a threat-actor: that a person is one is for a court to find, and most persons of an alert
 * are victims and witnesses.
 */
function writePerson(value: Json): NativeObject {
  const {
    role,
    documents: _d,
    phones: _p,
    emails: _e,
    accounts: _c,
    address: _a,
    description: _t,
    notes: _n,
    ...members
  } = unchangedMembers('person', value);
  const hasMore = Object.keys(members).length > 0;
  return {
    type: 'identity',
    properties: present({
      name: personName(members),
      identity_class: 'individual',
      roles: role === undefined ? undefined : [role],
      extensions: hasMore ? extension('person', snakeCased(members)) : undefined,
    }),
    ...(hasMore && { extension: 'person' as const }),
    selectors: {
      ...(role !== undefined && { role: 'roles' }),
      ...inExtension('person', members),
    },
    derived: { surname: 'name', givenNames: 'name', name: 'name', aliases: 'name' },
  };
}

function personName(members: JsonObject): string {
  const full = [stringOf(members['givenNames']), stringOf(members['surname'])].filter((part) => part !== undefined);
  return stringOf(members['name']) ?? (full.join(' ') || (stringsOf(members['aliases'])[0] ?? 'Unnamed person'));
}

function writeOrganisation(value: Json): NativeObject | undefined {
  const { name, role } = unchangedMembers('organisation', value);
  if (name === undefined) return undefined;
  return {
    type: 'identity',
    properties: present({ name, identity_class: 'organization', roles: role === undefined ? undefined : [role] }),
    selectors: { name: 'name', ...(role !== undefined && { role: 'roles' }) },
  };
}

const ACCOUNT_PROPERTIES: readonly (readonly [string, string])[] = [
  ['handle', 'account_login'],
  ['accountId', 'user_id'],
  ['displayName', 'display_name'],
];

function writeAccount(value: Json): NativeObject | undefined {
  const { notes: _n, handle, accountId, displayName, ...own } = unchangedMembers('account', value);
  const named = present({ handle, accountId, displayName });
  const hasOwn = Object.keys(own).length > 0;
  if (!hasOwn && Object.keys(named).length === 0) return undefined;
  return {
    type: 'user-account',
    properties: present({
      account_type: stringOf(own['platform'])?.toLowerCase(),
      account_login: handle,
      user_id: accountId,
      display_name: displayName,
      extensions: hasOwn ? extension('account', snakeCased(own)) : undefined,
    }),
    contributing: ['account_type', 'user_id', 'account_login'],
    ...(hasOwn && { extension: 'account' as const }),
    selectors: {
      ...Object.fromEntries(ACCOUNT_PROPERTIES.filter(([member]) => named[member] !== undefined)),
      ...inExtension('account', own),
    },
    derived: { platform: 'account_type' },
  };
}

/** STIX wants a country or a position: a place that is only a name stays words. */
function writePlace(members: JsonObject): NativeObject | undefined {
  const position = positioned(members['position']);
  if (position === undefined && members['country'] === undefined) return undefined;
  const held = { name: 'name', country: 'country', address: 'street_address', placeRole: 'labels' };
  const role = members['placeRole'];
  return {
    type: 'location',
    properties: present({
      name: members['name'],
      country: members['country'],
      street_address: members['address'],
      labels: role === undefined ? undefined : [role],
      ...position?.properties,
    }),
    selectors: {
      ...Object.fromEntries(Object.entries(held).filter(([member]) => members[member] !== undefined)),
      ...(position !== undefined && { position: 'latitude' }),
    },
    derived: { position: 'longitude' },
  };
}

/** STIX measures precision in metres. */
function positioned(value: Json | undefined): NativeObject | undefined {
  const position = objectOf(value);
  const latitude = numberOf(memberOf(position, 'lat'));
  const longitude = numberOf(memberOf(position, 'lon'));
  if (latitude === undefined || longitude === undefined) return undefined;
  const radius = numberOf(memberOf(position, 'radiusKm'));
  const precision = radius === undefined ? undefined : radius * 1000;
  return {
    type: 'location',
    properties: present({ latitude, longitude, precision }),
    selectors: { '': 'latitude' },
  };
}

function writeIp(value: Json): NativeObject | undefined {
  const address = stringOf(value);
  if (address === undefined) return undefined;
  if (!address.includes(':')) return standard('ipv4-addr', address);
  // The published schema misreads an IPv4 tail.
  return address.includes('.') ? undefined : standard('ipv6-addr', address);
}

function writeHash(value: Json): NativeObject | undefined {
  const hashes = fileHashes(stringOf(value) ?? '');
  return hashes === undefined
    ? undefined
    : { type: 'file', properties: { hashes }, contributing: ['hashes'], selectors: { '': 'hashes' } };
}

function standard(type: string, value: string | undefined): NativeObject | undefined {
  return value === undefined
    ? undefined
    : { type, properties: { value }, contributing: ['value'], selectors: { '': 'value' } };
}

/** One of the observables that docs/spec/interchange.md defines. */
function ownObservable(type: string, of: EntityType, value: Json): NativeObject | undefined {
  const { notes: _n, ...members } = unchangedMembers(of, value);
  const names = Object.keys(members);
  if (names.length === 0) return undefined;
  return {
    type,
    properties: {
      ...snakeCased(members),
      extensions: extension('observables', {}),
    },
    contributing: names.map(snakeCase),
    extension: 'observables',
    selectors: Object.fromEntries(names.map((name) => [name, snakeCase(name)])),
  };
}

function leafObservable(type: string, property: string, value: Json, more: JsonObject = {}): NativeObject {
  return {
    type,
    properties: { [property]: value, ...present(more), extensions: extension('observables', {}) },
    contributing: [property],
    extension: 'observables',
    selectors: { '': property },
  };
}

/** RFC 3986: what it does not take is percent-encoded. Undefined where that would change the address. */
function uriOf(value: Json): string | undefined {
  const address = stringOf(value);
  if (address === undefined || address.includes('[') || address.includes(']')) return undefined;
  const encoded = address.replaceAll(/[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]/gu, encodeURIComponent);
  const isUri = /^[a-z][a-z0-9+.-]*:[^#]*(#[^#]*)?$/i.test(encoded) && !/%(?![0-9a-f]{2})/i.test(encoded);
  return isUri && hasPlainAuthority(encoded) ? encoded : undefined;
}

/** User, host and port as nearly all addresses have them; the rest stays words. */
function hasPlainAuthority(address: string): boolean {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(address)?.[1];
  return authority === undefined || /^([^@:]+@)?[^@:]*(:\d{0,5})?$/.test(authority);
}

/** The published schema takes ASCII addresses only. */
function asciiAddress(value: Json): string | undefined {
  const address = stringOf(value);
  const form =
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;
  return address !== undefined && form.test(address) ? address : undefined;
}
