/** Algorithms as our `hash` fields and STIX 2.1 section 10.4 (hash-algorithm-ov) name them. */
const NAMES: readonly (readonly [string, string])[] = [
  ['md5', 'MD5'],
  ['sha-1', 'SHA-1'],
  ['sha-256', 'SHA-256'],
  ['sha-384', 'SHA-384'],
  ['sha-512', 'SHA-512'],
  ['sha3-256', 'SHA3-256'],
  ['sha3-512', 'SHA3-512'],
  ['blake2b-256', 'BLAKE2B-256'],
  ['pdq', 'PDQ'],
];
const TO_STIX = new Map(NAMES);
const FROM_STIX = new Map(NAMES.map(([ours, theirs]) => [theirs, ours]));

/** `sha-256:…` as `hashes` of a file. */
export function fileHashes(hash: string): { readonly [algorithm: string]: string } | undefined {
  const colon = hash.indexOf(':');
  const algorithm = TO_STIX.get(hash.slice(0, colon));
  return algorithm === undefined ? undefined : { [algorithm]: hash.slice(colon + 1) };
}

/** Undefined for algorithms that our fields do not know (SSDEEP, TLSH). */
export function hashOf(algorithm: string, digest: string): string | undefined {
  const name = FROM_STIX.get(algorithm.toUpperCase());
  return name === undefined ? undefined : `${name}:${digest.toLowerCase()}`;
}
