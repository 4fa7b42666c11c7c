import { toHex, utf8 } from '#liaison/protocol';
import { sha1 } from '@noble/hashes/legacy.js';

/** Of everything that Liaison names in other formats: UUIDv5 of `urn:liaison:interchange` in the URL namespace. */
export const LIAISON_NAMESPACE = uuid5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'urn:liaison:interchange');

/** RFC 9562 section 5.5: the same name in the same namespace always has the same id. @param namespace a UUID. */
export function uuid5(namespace: string, name: string): string {
  const digest = sha1(new Uint8Array([...bytesOf(namespace), ...utf8(name)])).subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = toHex(digest);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function bytesOf(uuid: string): number[] {
  const hex = uuid.replaceAll('-', '');
  return Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}
