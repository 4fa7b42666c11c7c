import { type Json, LiaisonError } from '#liaison/protocol';
import { isList } from '../pointer.js';

/** Of a document from elsewhere. */
export const INTERCHANGE_LIMITS = {
  chars: 8 * 1024 * 1024,
  depth: 40,
  values: 200_000,
  /** Of a STIX bundle; objects and attributes of a MISP event. */
  objects: 5000,
} as const;

/**
 * @throws LiaisonError `too-large` (XCH-01), `malformed` (XCH-02 not JSON, XCH-03 nested too deeply or of too many values).
 */
export function parseUntrusted(untrustedText: string): Json {
  if (untrustedText.length > INTERCHANGE_LIMITS.chars)
    throw new LiaisonError('too-large', 'The document is larger than 8 MiB. Ask for it in parts.', { check: 'XCH-01' });
  let value: Json;
  try {
    value = JSON.parse(untrustedText) as Json;
  } catch {
    throw new LiaisonError('malformed', 'The document is not JSON.', { check: 'XCH-02' });
  }
  requireBounded(value);
  return value;
}

/** Level by level, so that no nesting ends the stack. */
function requireBounded(value: Json): void {
  let level: readonly Json[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > INTERCHANGE_LIMITS.depth || values > INTERCHANGE_LIMITS.values)
      throw new LiaisonError('malformed', 'The document is nested too deeply or holds too many values.', {
        check: 'XCH-03',
      });
    level = level.flatMap(children);
  }
}

function children(value: Json): readonly Json[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isList(value)) return value;
  return Object.values(value).filter((member) => member !== undefined);
}
