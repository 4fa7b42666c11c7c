import { concatBytes, fromUtf8, LiaisonError, toHex, utf8 } from '#liaison/protocol';

/**
 * The part of DER (X.690) that the certificates and revocation lists of Liaison use: one-byte tags, definite lengths
 * in the shortest form. What is not in it is refused.
 */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content, as found. */
  readonly whole: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag of a context-specific constructed element `[number]`. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

export function malformedDer(message: string, check = 'CRT-01'): LiaisonError {
  return new LiaisonError('malformed', message, { check });
}

export function writeElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  return concatBytes(Uint8Array.of(tag), lengthOf(content.length), content);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

export function writeSequence(...members: readonly Uint8Array[]): Uint8Array {
  return writeElement(TAG.sequence, ...members);
}

/** A non-negative INTEGER. */
export function writeInteger(value: number): Uint8Array {
  const octets: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  if (octets[0] === undefined || octets[0] >= 0x80) octets.unshift(0);
  return writeElement(TAG.integer, Uint8Array.from(octets));
}

/** BIT STRING of whole octets. */
export function writeBitString(bytes: Uint8Array): Uint8Array {
  return writeElement(TAG.bitString, Uint8Array.of(0), bytes);
}

export function writeUtf8String(text: string): Uint8Array {
  return writeElement(TAG.utf8String, utf8(text));
}

/**
 * Time of RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050, in whole seconds.
 * @param time milliseconds since 1970, between the years 1950 and 9999.
 */
export function writeTime(time: number): Uint8Array {
  const text = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return usesUtcTime(time)
    ? writeElement(TAG.utcTime, utf8(`${text.slice(2)}Z`))
    : writeElement(TAG.generalizedTime, utf8(`${text}Z`));
}

/** GeneralizedTime whatever the year, in whole seconds: where RFC 5280 has no UTCTime. */
export function writeGeneralizedTime(time: number): Uint8Array {
  const text = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return writeElement(TAG.generalizedTime, utf8(`${text}Z`));
}

/** @returns milliseconds since 1970. Strict inverse of {@link writeGeneralizedTime}. */
export function readGeneralizedTime(element: DerElement): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(fromUtf8(element.content));
  const time = match === null ? NaN : Date.parse(match.slice(1, 4).join('-') + `T${match.slice(4, 7).join(':')}Z`);
  if (Number.isNaN(time) || toHex(writeGeneralizedTime(time)) !== toHex(element.whole)) {
    throw malformedDer('A time in it is not a GeneralizedTime of RFC 5280.');
  }
  return time;
}

function usesUtcTime(time: number): boolean {
  return time < Date.UTC(2050, 0);
}

/** @returns milliseconds since 1970. Strict inverse of {@link writeTime}. */
export function readTime(element: DerElement): number {
  const text = fromUtf8(element.content);
  const full = element.tag === TAG.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  const time = match === null ? NaN : Date.parse(match.slice(1, 4).join('-') + `T${match.slice(4, 7).join(':')}Z`);
  // Writing it again catches 31 February, a leap second, the wrong tag and the wrong length alike.
  if (Number.isNaN(time) || toHex(writeTime(time)) !== toHex(element.whole)) {
    throw malformedDer('A time in it is not of the form of RFC 5280 section 4.1.2.5.');
  }
  return time;
}

/** Reads bytes that must be one element and nothing more. */
export function readDer(bytes: Uint8Array, tag: number): DerElement {
  const element = readElement(bytes, 0);
  if (element.whole.length !== bytes.length) throw malformedDer('There are bytes after its end.');
  return expectTag(element, tag);
}

/** Reads the members of a constructed element, to its end. */
export function readMembers(element: DerElement): DerElement[] {
  const members: DerElement[] = [];
  for (let offset = 0; offset < element.content.length;) {
    const member = readElement(element.content, offset);
    members.push(member);
    offset += member.whole.length;
  }
  return members;
}

/** @throws LiaisonError `malformed` where the element is missing or of another type. */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw malformedDer('It does not have the structure of RFC 5280.');
  return element;
}

function readElement(bytes: Uint8Array, offset: number): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformedDer('It is not DER.');
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const length = first < 0x80 ? first : longLength(bytes.subarray(offset + 2, offset + 2 + octets), octets);
  const start = offset + 2 + octets;
  if (start + length > bytes.length) throw malformedDer('It ends too early.');
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(offset, start + length) };
}

function longLength(octets: Uint8Array, count: number): number {
  const length = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  if (octets.length !== count || count === 0 || count > 4 || octets[0] === 0 || length < 0x80) {
    throw malformedDer('A length in it is not DER.');
  }
  return length;
}
