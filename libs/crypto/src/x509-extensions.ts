import { equalBytes, toHex } from '#liaison/protocol';
import {
  contextTag,
  type DerElement,
  expectTag,
  malformedDer,
  readDer,
  readMembers,
  TAG,
  writeElement,
  writeSequence,
} from './der.js';
import { keyIdentifierOf } from './x509.js';
import { type OidName, OIDS, writeOid } from './x509-oids.js';

export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export function writeExtension(name: OidName, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [writeElement(TAG.boolean, Uint8Array.of(0xff))] : [];
  return writeSequence(writeOid(name), ...flag, writeElement(TAG.octetString, value));
}

/** Extensions wrapped in their context tag: `[3]` in certificates, `[0]` in revocation lists. */
export function writeExtensions(tag: number, ...extensions: readonly Uint8Array[]): Uint8Array {
  return writeElement(contextTag(tag), writeSequence(...extensions));
}

/** {@link readExtensionList} inside its context tag. */
export function readExtensions(element: DerElement | undefined, tag: number): ReadonlyMap<OidName, Extension> {
  const [list, ...rest] = readMembers(expectTag(element, contextTag(tag)));
  if (rest.length > 0) throw malformedDer('It has more than one list of extensions.', 'CRT-04');
  return readExtensionList(list);
}

/**
 * @returns the known extensions by name. Unknown ones that are not critical are skipped.
 * @throws LiaisonError `malformed` (CRT-04): an extension twice, or one that is critical and unknown.
 */
export function readExtensionList(list: DerElement | undefined): ReadonlyMap<OidName, Extension> {
  const seen = new Set<string>();
  const known = new Map<OidName, Extension>();
  for (const member of readMembers(expectTag(list, TAG.sequence))) {
    const { oid, ...extension } = readExtension(member);
    if (seen.has(oid)) throw malformedDer('It has the same extension twice.', 'CRT-04');
    seen.add(oid);
    const name = NAMES_BY_OID.get(oid);
    if (name !== undefined) known.set(name, extension);
    else if (extension.critical) throw malformedDer('It has a critical extension that is not known here.', 'CRT-04');
  }
  return known;
}

const NAMES_BY_OID = new Map(
  (Object.keys(OIDS) as OidName[]).map((name) => [toHex(Uint8Array.from(OIDS[name])), name] as const),
);

function readExtension(element: DerElement): Extension & { readonly oid: string } {
  const members = readMembers(expectTag(element, TAG.sequence));
  const flag = members.length === 3 ? expectTag(members[1], TAG.boolean) : undefined;
  // DER: TRUE is 0xff, and FALSE, the default, is left out.
  if (members.length < 2 || members.length > 3 || (flag !== undefined && toHex(flag.content) !== 'ff')) {
    throw malformedDer('An extension in it is not DER.', 'CRT-04');
  }
  return {
    oid: toHex(expectTag(members[0], TAG.oid).content),
    critical: flag !== undefined,
    value: expectTag(members.at(-1), TAG.octetString).content,
  };
}

export function requireExtension(extensions: ReadonlyMap<OidName, Extension>, name: OidName): Extension {
  const extension = extensions.get(name);
  if (extension === undefined) throw malformedDer(`It lacks the extension ${name}.`, 'CRT-04');
  return extension;
}

/** Requires that an extension is critical and has exactly this value. */
export function requireCritical(extensions: ReadonlyMap<OidName, Extension>, name: OidName, value: Uint8Array): void {
  const extension = requireExtension(extensions, name);
  if (!extension.critical || !equalBytes(extension.value, value)) {
    throw malformedDer(`Its extension ${name} does not have the required value.`, 'CRT-04');
  }
}

const KEY_IDENTIFIER_TAG = 0x80;

export function subjectKeyIdentifier(publicKey: Uint8Array): Uint8Array {
  const value = writeElement(TAG.octetString, keyIdentifierOf(publicKey));
  return writeExtension('subjectKeyIdentifier', false, value);
}

export function authorityKeyIdentifier(publicKey: Uint8Array): Uint8Array {
  const value = writeSequence(writeElement(KEY_IDENTIFIER_TAG, keyIdentifierOf(publicKey)));
  return writeExtension('authorityKeyIdentifier', false, value);
}

/** Key identifier in AuthorityKeyIdentifier; other members of it are refused. */
export function readAuthorityKeyIdentifier(extensions: ReadonlyMap<OidName, Extension>): Uint8Array {
  const { value } = requireExtension(extensions, 'authorityKeyIdentifier');
  const [keyIdentifier, ...others] = readMembers(readDer(value, TAG.sequence));
  if (others.length > 0) throw malformedDer('Its authority key identifier names more than a key.', 'CRT-04');
  return expectTag(keyIdentifier, KEY_IDENTIFIER_TAG).content.slice();
}
