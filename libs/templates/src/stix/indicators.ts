import type { Entity } from '../interchange/read-facts.js';
import { objectOf, stringOf } from '../interchange/json-values.js';
import type { BundleWriter } from './bundle-writer.js';
import type { NativeObject } from './native-object.js';
import { writeEntity } from './write-entity.js';

/** Never of what belongs to a person: most persons of an alert are victims and witnesses. */
export function putIndicators(writer: BundleWriter, entities: readonly Entity[], from: string): void {
  const persons = entities.filter(({ type }) => type === 'person').map(({ pointer }) => `${pointer}/`);
  for (const entity of entities) {
    if (persons.some((person) => entity.pointer.startsWith(person))) continue;
    const native = writeEntity(entity);
    const pattern = native === undefined ? undefined : patternOf(native);
    if (pattern === undefined) continue;
    writer.put(
      'indicator',
      `indicator${entity.pointer}`,
      {
        name: pattern,
        indicator_types: ['unknown'],
        pattern,
        pattern_type: 'stix',
        pattern_version: '2.1',
        valid_from: from,
      },
      [entity.pointer],
    );
  }
}

function patternOf({ type, properties }: NativeObject): string | undefined {
  if (type === 'user-account') {
    const login = stringOf(properties['account_login']);
    const platform = stringOf(properties['account_type']);
    if (login === undefined || platform === undefined) return undefined;
    return `[user-account:account_type = ${quoted(platform)} AND user-account:account_login = ${quoted(login)}]`;
  }
  if (type === 'file') {
    const [hash] = Object.entries(objectOf(properties['hashes']) ?? {});
    return hash === undefined ? undefined : `[file:hashes.'${hash[0]}' = ${quoted(stringOf(hash[1]) ?? '')}]`;
  }
  const value = stringOf(properties['value']);
  return value === undefined || !PATTERNED.includes(type) ? undefined : `[${type}:value = ${quoted(value)}]`;
}

const PATTERNED = ['url', 'email-addr', 'ipv4-addr', 'ipv6-addr'];

/** STIX 2.1 section 9: a string between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
