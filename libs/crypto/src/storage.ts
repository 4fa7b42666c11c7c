import { concatBytes, type RandomSource, utf8 } from '#liaison/protocol';
import { mustOpenCommitted, sealCommitted } from './committed-aead.js';
import { contextPrefix } from './context.js';

/**
 * Seals what a store on disk keeps.
 * @param key 32 bytes.
 * @param context where it lies, such as `channel/<id>/state`: a blob moved to another place does not open. It does not
 * stop somebody from putting an older blob back in the same place.
 */
export function sealBlob(key: Uint8Array, context: string, bytes: Uint8Array, random: RandomSource): Uint8Array {
  return sealCommitted(binding(key, context), bytes, random);
}

/** @throws LiaisonError CRY-08: `malformed` where too short, else `cannot-open`. */
export function openBlob(key: Uint8Array, context: string, sealed: Uint8Array): Uint8Array {
  return mustOpenCommitted(binding(key, context), sealed, 'stored blob', 'CRY-08');
}

function binding(key: Uint8Array, context: string) {
  return { purpose: 'blob key', key, associated: concatBytes(contextPrefix('blob'), utf8(context)) };
}
