/** Category of each attribute type in use: the default of MISP's describeTypes, so it is always one that the type may have. */
const CATEGORIES: Readonly<Record<string, string>> = {
  attachment: 'External analysis',
  'bank-account-nr': 'Financial fraud',
  btc: 'Financial fraud',
  comment: 'Other',
  counter: 'Other',
  'date-of-birth': 'Person',
  datetime: 'Other',
  email: 'Social network',
  'email-src': 'Payload delivery',
  'first-name': 'Person',
  float: 'Other',
  'full-name': 'Person',
  gender: 'Person',
  iban: 'Financial fraud',
  'identity-card-number': 'Person',
  'ip-dst': 'Network activity',
  'last-name': 'Person',
  link: 'External analysis',
  md5: 'Payload delivery',
  nationality: 'Person',
  'passport-number': 'Person',
  'phone-number': 'Person',
  'place-of-birth': 'Person',
  sha1: 'Payload delivery',
  sha256: 'Payload delivery',
  sha384: 'Payload delivery',
  sha512: 'Payload delivery',
  'sha3-256': 'Payload delivery',
  'sha3-512': 'Payload delivery',
  'target-location': 'Targeting data',
  text: 'Other',
  url: 'Network activity',
  xmr: 'Financial fraud',
};

export function categoryOf(type: string): string {
  return CATEGORIES[type] ?? 'Other';
}

/** Digests as our `hash` fields and MISP's attribute types name them. */
const HASHES: readonly (readonly [string, string])[] = [
  ['md5', 'md5'],
  ['sha-1', 'sha1'],
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
  ['sha3-256', 'sha3-256'],
  ['sha3-512', 'sha3-512'],
];
const HASH_TO_MISP = new Map(HASHES);
const HASH_FROM_MISP = new Map(HASHES.map(([ours, theirs]) => [theirs, ours]));

/** Undefined for digests that MISP has no type for (BLAKE2b, PDQ). */
export function hashAttribute(hash: string): { readonly type: string; readonly value: string } | undefined {
  const colon = hash.indexOf(':');
  const type = HASH_TO_MISP.get(hash.slice(0, colon));
  return type === undefined ? undefined : { type, value: hash.slice(colon + 1) };
}

export function hashOfAttribute(type: string, value: string): string | undefined {
  const algorithm = HASH_FROM_MISP.get(type);
  return algorithm === undefined ? undefined : `${algorithm}:${value.toLowerCase()}`;
}
