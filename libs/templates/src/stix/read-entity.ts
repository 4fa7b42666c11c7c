import type { Json } from '#liaison/protocol';
import { memberOf, numberOf, objectOf, present, stringOf, stringsOf } from '../interchange/json-values.js';
import type { Entity } from '../interchange/read-facts.js';
import { alpha2Of } from '../countries.js';
import type { JsonObject } from '../pointer.js';
import { EXTENSIONS } from './extension-definitions.js';
import { hashOf } from './file-hashes.js';

type Found = Omit<Entity, 'pointer'>;

/** The facts that a STIX object stands for; undefined where it stands for none that a form has. */
export function readEntity(object: JsonObject): readonly Found[] | undefined {
  const type = stringOf(memberOf(object, 'type')) ?? '';
  const read = READERS.get(type);
  const found = read?.(object);
  return found === undefined || found.length === 0 ? undefined : found;
}

type Reader = (object: JsonObject) => readonly Found[];

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['identity', readIdentity],
  ['threat-actor', readThreatActor],
  ['location', readLocation],
  ['user-account', readAccount],
  ['url', (object) => leaf('url', object['value'])],
  ['email-addr', (object) => leaf('email', object['value'])],
  ['ipv4-addr', (object) => leaf('ip', object['value'])],
  ['ipv6-addr', (object) => leaf('ip', object['value'])],
  ['file', readFile],
  ['liaison-phone-number', (object) => leaf('phone', object['value'])],
  ['liaison-device', (object) => leaf('imei', object['imei'])],
  ['liaison-bank-account', (object) => leaf('iban', object['iban'])],
  ['liaison-wallet', (object) => leaf('wallet', object['address'])],
  ['liaison-document', (object) => own('document', object)],
  ['liaison-vehicle', (object) => own('vehicle', object)],
  ['liaison-vessel', (object) => own('vessel', object)],
  // Custom observables that other platforms have in common use.
  ['phone-number', (object) => leaf('phone', object['value'])],
  ['bank-account', (object) => leaf('iban', object['iban'])],
  ['cryptocurrency-wallet', (object) => leaf('wallet', object['value'])],
]);

function leaf(type: Entity['type'], value: Json | undefined): Found[] {
  return stringOf(value) === undefined || value === undefined ? [] : [{ type, value }];
}

function readIdentity(object: JsonObject): Found[] {
  const name = stringOf(object['name']);
  if (name === undefined) return [];
  if (object['identity_class'] !== 'individual') return [{ type: 'organisation', value: { name } }];
  const known = objectOf(memberOf(objectOf(object['extensions']), EXTENSIONS.person));
  const members = known === undefined ? { name } : withoutExtension(known);
  return [
    { type: 'person', value: present({ ...members, role: roleOf(object['roles']), notes: object['description'] }) },
  ];
}

/** A role of ours; others are for the officer to choose. */
function roleOf(roles: Json | undefined): string | undefined {
  return stringsOf(roles).find((role) => /^[a-z][a-z-]{1,30}$/.test(role));
}

/** Somebody else's finding: here it is a suspicion. */
function readThreatActor(object: JsonObject): Found[] {
  const name = stringOf(object['name']);
  const notes = stringOf(object['description']);
  const aliases = stringsOf(object['aliases']);
  if (name === undefined) return [];
  if (stringsOf(object['threat_actor_types']).some((type) => /syndicate|nation|group/.test(type)))
    return [{ type: 'organisation', value: present({ name, role: 'suspect', notes }) }];
  return [
    {
      type: 'person',
      value: present({ name, role: 'suspect', notes, aliases: aliases.length === 0 ? undefined : aliases }),
    },
  ];
}

function readLocation(object: JsonObject): Found[] {
  const country = stringOf(object['country']);
  const address = ['street_address', 'postal_code', 'city', 'administrative_area', 'region'].flatMap(
    (name) => stringOf(object[name]) ?? [],
  );
  const lat = numberOf(object['latitude']);
  const lon = numberOf(object['longitude']);
  const precision = numberOf(object['precision']);
  const radiusKm = precision === undefined ? undefined : precision / 1000;
  const value = present({
    name: object['name'],
    country: country === undefined ? undefined : alpha2Of(country.toUpperCase()),
    address: address.length === 0 ? undefined : address.join(', '),
    position: lat === undefined || lon === undefined ? undefined : present({ lat, lon, radiusKm }),
    notes: object['description'],
  });
  return Object.keys(value).length === 0 ? [] : [{ type: 'place', value }];
}

function readAccount(object: JsonObject): Found[] {
  const known = objectOf(memberOf(objectOf(object['extensions']), EXTENSIONS.account)) ?? {};
  const value = present({
    platform: object['account_type'],
    handle: object['account_login'],
    accountId: object['user_id'],
    displayName: object['display_name'],
    ...withoutExtension(known),
  });
  return Object.keys(value).length === 0 ? [] : [{ type: 'account', value }];
}

function readFile(object: JsonObject): Found[] {
  return Object.entries(objectOf(object['hashes']) ?? {}).flatMap(([algorithm, digest]) =>
    leaf('hash', typeof digest === 'string' ? hashOf(algorithm, digest) : undefined),
  );
}

/** `given_names` is `givenNames` here. */
function own(type: Entity['type'], { extensions: _e, ...object }: JsonObject): Found[] {
  const { type: _t, id: _i, spec_version: _s, object_marking_refs: _o, granular_markings: _g, ...members } = object;
  const value = camelCased(members);
  return Object.keys(value).length === 0 ? [] : [{ type, value }];
}

function withoutExtension({ extension_type: _e, ...members }: JsonObject): { [member: string]: Json } {
  return camelCased(members);
}

function camelCased(members: JsonObject): { [member: string]: Json } {
  const renamed = Object.entries(members).map(([name, value]): [string, Json | undefined] => [
    name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return present(Object.fromEntries(renamed));
}
