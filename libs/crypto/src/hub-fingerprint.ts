import { utf8 } from '#liaison/protocol';
import { spokenDigits } from './spoken-digits.js';

/** What the hub says of itself, as it stands in the roster: keys in base64url. */
export interface NamedHub {
  readonly origin?: string;
  readonly externalSenderKey?: string;
  readonly logKey?: string | undefined;
}

/** What the hub's operator reads aloud and the co-chairs compare: 12 groups of five digits (docs/spec/ceremony.md). */
export function hubFingerprint({ origin, externalSenderKey, logKey }: NamedHub): string {
  return spokenDigits('hub identity', utf8([origin, externalSenderKey, logKey ?? ''].join(' ')));
}
