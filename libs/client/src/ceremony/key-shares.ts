import { combine, split } from 'shamir-secret-sharing';
import { keyIdOf, sha256, type SigningKey, signingKeyFromSeed } from '#liaison/crypto';
import { concatBytes, LiaisonError, type RandomSource, toHex } from '#liaison/protocol';
import { readTypedCode, typedCode } from '../typed-code.js';

/**
 * Backup of a signing key's seed as Shamir shares over GF(2^8): any `needed` of them give the key, fewer give nothing.
 * A share is printed as base32 by Crockford, in groups of five: docs/spec/ceremony.md.
 */
export interface KeyShare {
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

const VERSION = 1;
const BACKUP_BYTES = 4;
const KEY_ID_BYTES = 8;
const SHARE_BYTES = 33;
const HEAD_BYTES = 4;
const BODY_BYTES = HEAD_BYTES + BACKUP_BYTES + KEY_ID_BYTES + SHARE_BYTES;

/**
 * @param choice how many shares, 2 to 16, and how many of them are needed, at least 2.
 * @returns the shares as text, the first first. @throws LiaisonError `usage`.
 */
export async function splitKey(
  key: SigningKey,
  { total, needed }: { readonly total: number; readonly needed: number },
  random: RandomSource,
): Promise<string[]> {
  if (!Number.isInteger(total) || !Number.isInteger(needed) || needed < 2 || needed > total || total > 16) {
    throw new LiaisonError('usage', 'A backup has 2 to 16 shares, and needs at least 2 of them: 3 of 5 is usual.');
  }
  const backup = random.bytes(BACKUP_BYTES);
  const keyId = sha256(key.publicKey).subarray(0, KEY_ID_BYTES);
  // The library mixes its own randomness, from the platform's generator: it takes no other.
  const shares = await split(key.privateKey, total, needed);
  return shares.map((share, index) =>
    typedCode(concatBytes(Uint8Array.of(VERSION, needed, index + 1, total), backup, keyId, share)),
  );
}

/** White space, hyphens, and letters that look alike do not matter. @throws LiaisonError `malformed` (SHR-01): not a share, or mistyped. */
export function readShare(text: string): KeyShare {
  const body = readTypedCode(text, BODY_BYTES);
  const [version, needed = 0, number = 0, total = 0] = body ?? [];
  if (body === undefined || version !== VERSION) throw mistyped();
  const backupEnd = HEAD_BYTES + BACKUP_BYTES;
  const keyIdEnd = backupEnd + KEY_ID_BYTES;
  return {
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
  const [first] = shares;
  if (first === undefined) throw unfit('No share was given.');
  if (shares.some(({ backup, keyId }) => backup !== first.backup || keyId !== first.keyId)) {
    throw unfit('These shares are of different backups: take those of one.');
  }
  const distinct = [...new Map(shares.map((each) => [each.number, each] as const)).values()];
  if (distinct.length < first.needed) {
    throw unfit(`${first.needed} different shares are needed; these are ${distinct.length}.`);
  }
  const seed = await combine(distinct.map(({ share }) => share));
  const key = signingKeyFromSeed(seed);
  if (keyIdOf(key.publicKey) === first.keyId) return key;
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
