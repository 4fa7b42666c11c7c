import type { Entity } from '../interchange/read-facts.js';
import { hashOfAttribute } from './attribute-types.js';

type Found = Omit<Entity, 'pointer'>;

const TYPES: ReadonlyMap<string, Entity['type']> = new Map<string, Entity['type']>([
  ['url', 'url'],
  ['uri', 'url'],
  ['link', 'url'],
  ['email', 'email'],
  ['email-src', 'email'],
  ['email-dst', 'email'],
  ['target-email', 'email'],
  ['ip-src', 'ip'],
  ['ip-dst', 'ip'],
  ['ip-src|port', 'ip'],
  ['ip-dst|port', 'ip'],
  ['phone-number', 'phone'],
  ['whois-registrant-phone', 'phone'],
  ['iban', 'iban'],
  ['btc', 'wallet'],
  ['dash', 'wallet'],
  ['xmr', 'wallet'],
]);

/** The fact that a single attribute stands for; undefined where no form has one. */
export function readAttribute(type: string, value: string): Found | undefined {
  const known = TYPES.get(type);
  if (value === '') return undefined;
  if (known !== undefined)
    return { type: known, value: type.endsWith('|port') ? (value.split('|')[0] ?? value) : value };
  const named = type.startsWith('filename|');
  const hash = named
    ? hashOfAttribute(type.slice('filename|'.length), value.split('|')[1] ?? '')
    : hashOfAttribute(type, value);
  if (hash !== undefined) return { type: 'hash', value: hash };
  if (type === 'full-name' || type === 'target-user') return { type: 'person', value: { name: value } };
  return undefined;
}
