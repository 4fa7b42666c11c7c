import type { TokenPlace } from '#liaison/crypto.node';
import { LiaisonError } from '#liaison/protocol';

const SCHEME = 'pkcs11:';
export const DEFAULT_OBJECT = 'contact point ca';

export function isTokenUri(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * A CA on a token, by RFC 7512: `pkcs11:token=<label>[;object=<label>]?module-path=<shared library>`.
 * @throws LiaisonError `usage`, also where the PIN stands in it: command lines are seen by other users of a machine.
 */
export function readTokenUri(uri: string): TokenPlace {
  const [path = '', query = ''] = uri.slice(SCHEME.length).split('?', 2);
  const { token, object = DEFAULT_OBJECT, ...otherPath } = attributes(path, ';');
  const { 'module-path': module, ...otherQuery } = attributes(query, '&');
  const [other] = [...Object.keys(otherPath), ...Object.keys(otherQuery)];
  if (other === 'pin-value') throw usage('Never write a PIN into a command: it is asked for, or read by --pin-fd.');
  if (token === undefined || module === undefined || other !== undefined) {
    throw usage(`A CA on a token is written "pkcs11:token=<label>?module-path=<library>": ${uri} is not.`);
  }
  return { module, tokenLabel: token, objectLabel: object };
}

export function writeTokenUri({ module, tokenLabel, objectLabel }: TokenPlace): string {
  const object = objectLabel === DEFAULT_OBJECT ? '' : `;object=${encodeURIComponent(objectLabel)}`;
  const path = encodeURIComponent(module).replaceAll('%2F', '/');
  return `${SCHEME}token=${encodeURIComponent(tokenLabel)}${object}?module-path=${path}`;
}

function attributes(text: string, separator: string): Partial<Record<string, string>> {
  const pairs = text.split(separator).filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, decoded(value.join('='))];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw usage('A percent sign in a pkcs11: name begins two hex digits.');
  }
}

function usage(message: string): LiaisonError {
  return new LiaisonError('usage', message);
}
