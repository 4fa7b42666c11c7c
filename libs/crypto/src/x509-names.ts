import { fromUtf8, LiaisonError, utf8 } from '#liaison/protocol';
import {
  type DerElement,
  expectTag,
  malformedDer,
  readDer,
  readMembers,
  TAG,
  writeElement,
  writeSequence,
  writeUtf8String,
} from './der.js';
import { type OidName, writeOid } from './x509-oids.js';
import type { Extension } from './x509-extensions.js';

/** Distinguished name of a contact point's CA: `O=bg, CN=…`. */
export function writeCaName(contactPoint: string, commonName: string): Uint8Array {
  return writeSequence(nameMember('organization', contactPoint), nameMember('commonName', commonName));
}

/** Distinguished name of a device: `O=bg, CN=<officer>, serialNumber=bg:petrova:desk-1`. */
export function writeDeviceName(contactPoint: string, officerName: string, device: string): Uint8Array {
  return writeSequence(
    nameMember('organization', contactPoint),
    nameMember('commonName', officerName),
    nameMember('serialNumber', device),
  );
}

function nameMember(type: OidName, text: string): Uint8Array {
  // X.520: serialNumber is a PrintableString. The alphabet of device addresses is within it.
  const value = type === 'serialNumber' ? writeElement(TAG.printableString, utf8(text)) : writeUtf8String(text);
  return writeElement(TAG.set, writeSequence(writeOid(type), value));
}

/** The common name: second member of both kinds of name. The caller compares the whole name with what it must be. */
export function readCommonName(name: DerElement | undefined): string {
  const [, commonName] = readMembers(expectTag(name, TAG.sequence));
  const [attribute] = readMembers(expectTag(commonName, TAG.set));
  const [, value] = readMembers(expectTag(attribute, TAG.sequence));
  const text = fromUtf8(expectTag(value, TAG.utf8String).content);
  requirePersonalName(text, 'malformed');
  return text;
}

/** Names are shown to people and bounded by X.520 (64 characters). */
export function requirePersonalName(text: string, code: 'malformed' | 'usage'): void {
  const length = Array.from(text).length;
  if (length < 1 || length > 64 || !/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u.test(text)) {
    throw new LiaisonError(code, 'A name has 1 to 64 characters and no control characters.', { check: 'CRT-03' });
  }
}

const URI_TAG = 0x86;

/** GeneralNames with one uniformResourceIdentifier. */
export function writeUriName(uri: string): Uint8Array {
  return writeSequence(writeElement(URI_TAG, utf8(uri)));
}

/** @throws LiaisonError `malformed` (CRT-03) unless there is exactly one name and it is a `urn:liaison:` URI. @returns what follows. */
export function readUriName(extension: Extension): string {
  const [name, ...others] = readMembers(readDer(extension.value, TAG.sequence));
  if (others.length > 0) throw malformedDer('It has more than one subject alternative name.', 'CRT-03');
  const uri = name?.tag === URI_TAG ? fromUtf8(name.content) : '';
  if (!uri.startsWith('urn:liaison:')) throw malformedDer('Its subject alternative name is not ours.', 'CRT-03');
  return uri.slice('urn:liaison:'.length);
}
