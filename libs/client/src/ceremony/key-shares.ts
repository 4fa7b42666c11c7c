import { combine, split } from 'shamir-secret-sharing';
import { type AgreementKey, keyIdOf, sha256, type SigningKey, signingKeyFromSeed } from '#liaison/crypto';
import { concatBytes, LiaisonError, type RandomSource, toHex } from '#liaison/protocol';
import { custodyKeyFromSeed } from '../custody/custody-key.js';
import { readTypedCode, typedCode } from '../typed-code.js';

/**
 * A key's seed as Shamir shares over GF(2^8): any `needed` of them give the key, fewer give nothing. Of a signing key it is a backup; of a
 * custody key the shares are all that there is.
 * A share is printed as base32 by Crockford, in groups of five: docs/spec/ceremony.md.
 */
export interface KeyShare {
  readonly kind: ShareKind;
  readonly needed: number;
  /** 1 to `total`. */
  readonly number: number;
  readonly total: number;
  /** Of the key that is shared. */
  readonly keyId: string;
  /** Hex of 4 bytes, the same in all shares of one backup. */
  readonly backup: string;
  /** 33 bytes. */
  readonly share: Uint8Array;
}

export type ShareKind = 'signing' | 'custody';

/** The first byte: shares of the two kinds never mix. */
const VERSIONS: Readonly<Record<ShareKind, number>> = { signing: 1, custody: 2 };
const BACKUP_BYTES = 4;
const KEY_ID_BYTES = 8;
const SHARE_BYTES = 33;
const HEAD_BYTES = 4;
const BODY_BYTES = HEAD_BYTES + BACKUP_BYTES + KEY_ID_BYTES + SHARE_BYTES;

export interface ShareChoice {
  readonly total: number;
  readonly needed: number;
}

/**
 * @param choice how many shares, 2 to 16, and how many of them are needed, at least 2.
 * @returns the shares as text, the first first. @throws LiaisonError `usage`.
 */
export function splitKey(key: SigningKey, choice: ShareChoice, random: RandomSource): Promise<string[]> {
  return splitSeed('signing', { seed: key.privateKey, publicKey: key.publicKey }, choice, random);
}

/** As {@link splitKey}, of a custody key by its seed. */
export function splitCustodyKey(seed: Uint8Array, choice: ShareChoice, random: RandomSource): Promise<string[]> {
  return splitSeed('custody', { seed, publicKey: custodyKeyFromSeed(seed).publicKey }, choice, random);
}

async function splitSeed(
  kind: ShareKind,
  { seed, publicKey }: { readonly seed: Uint8Array; readonly publicKey: Uint8Array },
  { total, needed }: ShareChoice,
  random: RandomSource,
): Promise<string[]> {
  if (!Number.isInteger(total) || !Number.isInteger(needed) || needed < 2 || needed > total || total > 16) {
    throw new LiaisonError('usage', 'A key has 2 to 16 shares, and needs at least 2 of them: 3 of 5 is usual.');
  }
  const backup = random.bytes(BACKUP_BYTES);
  const keyId = sha256(publicKey).subarray(0, KEY_ID_BYTES);
  // The library mixes its own randomness, from the platform's generator: it takes no other.
  const shares = await split(seed, total, needed);
  return shares.map((share, index) =>
    typedCode(concatBytes(Uint8Array.of(VERSIONS[kind], needed, index + 1, total), backup, keyId, share)),
  );
}

/** White space, hyphens, and letters that look alike do not matter. @throws LiaisonError `malformed` (SHR-01): not a share, or mistyped. */
export function readShare(text: string): KeyShare {
  const body = readTypedCode(text, BODY_BYTES);
  const [version, needed = 0, number = 0, total = 0] = body ?? [];
  const kind = version === VERSIONS.signing ? 'signing' : 'custody';
  if (body === undefined || version !== VERSIONS[kind]) throw mistyped();
  const backupEnd = HEAD_BYTES + BACKUP_BYTES;
  const keyIdEnd = backupEnd + KEY_ID_BYTES;
  return {
    kind,
    needed,
    number,
    total,
    backup: toHex(body.subarray(HEAD_BYTES, backupEnd)),
    keyId: toHex(body.subarray(backupEnd, keyIdEnd)),
    share: body.slice(keyIdEnd),
  };
}

/**
 * @throws LiaisonError `usage` (SHR-02): too few, one twice, or of different backups; `integrity` (SHR-03): what they give
 * is not the key that they say.
 */
export async function restoreKey(shares: readonly KeyShare[]): Promise<SigningKey> {
  const { seed, keyId } = await restoreSeed('signing', shares);
  return requireNamed(signingKeyFromSeed(seed), keyId);
}

/** As {@link restoreKey}, for as long as records are opened: nobody keeps a custody key. */
export async function restoreCustodyKey(shares: readonly KeyShare[]): Promise<AgreementKey> {
  const { seed, keyId } = await restoreSeed('custody', shares);
  return requireNamed(custodyKeyFromSeed(seed), keyId);
}

const OTHER_KIND: Readonly<Record<ShareKind, string>> = {
  signing: 'These are shares of a custody key: liaison custody takes them.',
  custody: 'These are shares of a backup of another key, not of a custody key.',
};

async function restoreSeed(
  kind: ShareKind,
  shares: readonly KeyShare[],
): Promise<{ readonly seed: Uint8Array; readonly keyId: string }> {
  const [first] = shares;
  if (first === undefined) throw unfit('No share was given.');
  if (shares.some((each) => each.kind !== kind)) throw unfit(OTHER_KIND[kind]);
  if (shares.some(({ backup, keyId }) => backup !== first.backup || keyId !== first.keyId)) {
    throw unfit('These shares are of different backups: take those of one.');
  }
  const distinct = [...new Map(shares.map((each) => [each.number, each] as const)).values()];
  if (distinct.length < first.needed) {
    throw unfit(`${first.needed} different shares are needed; these are ${distinct.length}.`);
  }
  return { seed: await combine(distinct.map(({ share }) => share)), keyId: first.keyId };
}

function requireNamed<T extends { readonly publicKey: Uint8Array }>(key: T, keyId: string): T {
  if (keyIdOf(key.publicKey) === keyId) return key;
  throw new LiaisonError('integrity', 'These shares do not give the key that they say: one of them was altered.', {
    check: 'SHR-03',
  });
}

function mistyped(): LiaisonError {
  return new LiaisonError('malformed', 'This is not a share of a key, or it is mistyped: compare every group.', {
    check: 'SHR-01',
  });
}

function unfit(message: string): LiaisonError {
  return new LiaisonError('usage', message, { check: 'SHR-02' });
}
