import {
  type ContactPointId,
  type DeviceAddress,
  fromBase64url,
  LiaisonError,
  type RandomSource,
  toBase64url,
} from '#liaison/protocol';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueDeviceCertificate,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';

/** Shared by the tests of this library: fixed inputs, no behaviour of its own. */

export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const b64 = toBase64url;
export const fromB64 = fromBase64url;
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes that look random and are the same in every run. */
export function seededRandom(seed: string): RandomSource {
  let counter = 0;
  return {
    bytes: (length) => {
      const blocks: Uint8Array[] = [];
      for (let made = 0; made < length; made += 32) blocks.push(sha256Node(text(`${seed} ${(counter += 1)}`)));
      return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
    },
  };
}

/** Gives out exactly these bytes, in order. */
export function scriptedRandom(script: Uint8Array): RandomSource {
  let offset = 0;
  return { bytes: (length) => script.slice(offset, (offset += length)) };
}

/** A copy with one bit changed. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** `ok`, or the code of the error; and which check refused. */
export function outcomeOf(act: () => unknown): { outcome: string; check: string | undefined } {
  try {
    act();
    return { outcome: 'ok', check: undefined };
  } catch (error) {
    if (error instanceof LiaisonError) return { outcome: error.code, check: error.details.check };
    throw error;
  }
}

export const DAY = 24 * 60 * 60 * 1000;
export const NOW = Date.UTC(2026, 10, 21, 18);
export const BG = 'bg' as ContactPointId;
export const IQ = 'iq' as ContactPointId;
export const DESK = 'bg:petrova:desk-1' as DeviceAddress;

export const keyOf = (seed: string): SigningKey => signingKeyFromSeed(sha256Node(text(seed)));

export function caOf(contactPoint: ContactPointId, seed = `${contactPoint} ca`): CertificateAuthority {
  return createCertificateAuthority({
    contactPoint,
    commonName: `${contactPoint.toUpperCase()} contact point CA`,
    key: keyOf(seed),
    notBefore: NOW - 30 * DAY,
    notAfter: NOW + 3650 * DAY,
    random: seededRandom(seed),
  });
}

type Issue = Parameters<typeof issueDeviceCertificate>[0];

/** A good certificate of Petrova's desk; `changes` make it another. */
export function certificateOf(ca: CertificateAuthority, changes: Partial<Issue> = {}): Uint8Array {
  return issueDeviceCertificate({
    ca,
    device: DESK,
    devicePublicKey: keyOf('petrova desk-1').publicKey,
    officerName: 'Елена Петрова',
    clearance: 'SECRET',
    duties: ['officer', 'administrator'],
    notBefore: NOW - DAY,
    notAfter: NOW + 90 * DAY,
    random: seededRandom('serial'),
    ...changes,
  });
}
