import {
  canonicalJson,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  parseCanonicalJson,
  type RandomSource,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';
import { KEY_BYTES, openCommitted, sealCommitted } from './committed-aead.js';
import { contextPrefix } from './context.js';
import { sha256 } from './sha256.js';
import { freshBytes, libsodium } from './sodium.js';

/** Argon2id (RFC 9106) cost, one lane. */
export interface PassphraseCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** The second recommended option of RFC 9106 section 4, in one lane: 64 MiB, 3 passes. */
export const PASSPHRASE_COST: PassphraseCost = { memoryKiB: 65_536, passes: 3 };

/** No protection worth the name: for tests and throw-away demonstrations. */
export const PASSPHRASE_COST_FOR_TESTING: PassphraseCost = { memoryKiB: 8, passes: 1 };

const SALT_BYTES = 16;

// The bounds keep a hostile file from asking for all memory or for hours of work.
const Kdf = z.strictObject({
  name: z.literal('argon2id'),
  memoryKiB: z.int().min(8).max(262_144),
  passes: z.int().min(1).max(16),
  salt: z.string().length(22),
});

const Container = z.strictObject({
  checksum: z.string().length(43),
  kdf: Kdf,
  purpose: z.string().min(1).max(100),
  sealed: z.string(),
  type: z.literal('liaison-passphrase-sealed'),
  v: z.literal(1),
});
type Container = z.infer<typeof Container>;
type Unsealed = Pick<Container, 'kdf' | 'purpose' | 'type' | 'v'>;

/**
 * Seals bytes under a passphrase (NFKC-normalised): Argon2id gives the key, {@link sealCommitted} seals, and the
 * associated bytes are everything else in the file. Takes about half a second and blocks.
 * @param purpose what the file is, such as `device-key`: a file of another purpose does not open in its place.
 * @returns UTF-8 canonical JSON: `{ checksum, kdf, purpose, sealed, type, v }`. The checksum is SHA-256 over the rest; it tells
 * damage from a wrong passphrase and protects nothing.
 */
export function sealWithPassphrase(
  bytes: Uint8Array,
  passphrase: string,
  options: { purpose: string; random: RandomSource; cost?: PassphraseCost },
): Uint8Array {
  if (passphrase === '') throw new LiaisonError('usage', 'The passphrase is empty: choose one.');
  const { memoryKiB, passes } = options.cost ?? PASSPHRASE_COST;
  const salt = toBase64url(freshBytes(options.random, SALT_BYTES));
  const kdf = Kdf.parse({ name: 'argon2id', memoryKiB, passes, salt });
  const rest: Unsealed = { kdf, purpose: options.purpose, type: 'liaison-passphrase-sealed', v: 1 };
  const sealed = toBase64url(sealCommitted(binding(rest, passphrase), bytes, options.random));
  const unchecked = { ...rest, sealed };
  return utf8(canonicalJson({ ...unchecked, checksum: checksumOf(unchecked) }));
}

/**
 * @throws LiaisonError `malformed`: CRY-10 not such a file or damaged, CRY-11 its parameters are out of bounds,
 * CRY-12 sealed for another purpose; `cannot-open`: CRY-13 wrong passphrase, CRY-14 altered on purpose.
 */
export function openWithPassphrase(file: Uint8Array, passphrase: string, options: { purpose: string }): Uint8Array {
  const { checksum, sealed, ...rest } = readContainer(file);
  if (checksumOf({ ...rest, sealed }) !== checksum) {
    throw new LiaisonError('malformed', 'This file is damaged: take another copy.', { check: 'CRY-10' });
  }
  if (rest.purpose !== options.purpose) {
    throw new LiaisonError('malformed', `This file holds ${rest.purpose}, not ${options.purpose}.`, {
      check: 'CRY-12',
    });
  }
  const opened = openCommitted(binding(rest, passphrase), fromBase64url(sealed));
  if (typeof opened !== 'string') return opened;
  if (opened === 'wrong-key') throw new LiaisonError('cannot-open', 'Wrong passphrase.', { check: 'CRY-13' });
  throw new LiaisonError('cannot-open', 'This file was altered after it was sealed.', { check: 'CRY-14' });
}

function readContainer(file: Uint8Array): Container {
  let value: unknown;
  try {
    value = parseCanonicalJson(fromUtf8(file));
  } catch (cause) {
    throw new LiaisonError('malformed', 'This is not a passphrase-sealed file, or it is damaged.', {
      check: 'CRY-10',
      cause,
    });
  }
  const parsed = Container.safeParse(value);
  if (parsed.success) return parsed.data;
  const kdfAlone = parsed.error.issues.every((issue) => issue.path[0] === 'kdf');
  throw kdfAlone
    ? new LiaisonError('malformed', 'This file asks for a key derivation beyond what is allowed.', { check: 'CRY-11' })
    : new LiaisonError('malformed', 'This is not a passphrase-sealed file, or it is damaged.', { check: 'CRY-10' });
}

function binding(rest: Unsealed, passphrase: string) {
  return { purpose: 'passphrase key', key: deriveKey(rest.kdf, passphrase), associated: utf8(canonicalJson(rest)) };
}

function deriveKey(kdf: Container['kdf'], passphrase: string): Uint8Array {
  return argon2id(utf8(passphrase.normalize('NFKC')), fromBase64url(kdf.salt), kdf);
}

/** Argon2id version 0x13 (RFC 9106), one lane, 32 bytes. */
export function argon2id(password: Uint8Array, salt: Uint8Array, cost: PassphraseCost): Uint8Array {
  const sodium = libsodium();
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  return sodium.crypto_pwhash(KEY_BYTES, password, salt, cost.passes, cost.memoryKiB * 1024, algorithm);
}

function checksumOf(unchecked: Omit<Container, 'checksum'>): string {
  return toBase64url(sha256(contextPrefix('passphrase file'), utf8(canonicalJson(unchecked))));
}

/** What a sealed file says that it is, before anybody is asked for its passphrase. @throws LiaisonError `malformed` (CRY-10, CRY-11). */
export function sealedPurposeOf(file: Uint8Array): string {
  return readContainer(file).purpose;
}
