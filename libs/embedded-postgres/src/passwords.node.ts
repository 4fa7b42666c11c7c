import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiaisonError, type RandomSource } from '#liaison/protocol';

/** Passwords by role name. */
export type Passwords = Readonly<Record<string, string>>;

const PASSWORD_BYTES = 32;

/**
 * Reads the passwords of the cluster in `folder` and makes those that are missing.
 * Written before a role exists, so a crash in between leaves no role without its password.
 * @throws LiaisonError when others can read the file, or when it is gone and the cluster is not.
 */
export function readOrMakePasswords(
  folder: string,
  roles: readonly string[],
  random: RandomSource,
  clusterExists: boolean,
): Passwords {
  const file = join(folder, 'passwords.json');
  const known = existsSync(file) ? readPasswords(file) : {};
  if (clusterExists && Object.keys(known).length === 0) throw lost(file);
  const missing = roles.filter((role) => known[role] === undefined);
  if (missing.length === 0) return known;
  const passwords = { ...known, ...Object.fromEntries(missing.map((role) => [role, newPassword(random)])) };
  writeFileSync(`${file}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return passwords;
}

/** @throws LiaisonError `unavailable` where others can read it. */
export function readPasswords(file: string): Record<string, string> {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new LiaisonError(
      'unavailable',
      `Others can read the passwords in ${file}. Make it yours alone: chmod 600 ${file}`,
    );
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

function newPassword(random: RandomSource): string {
  return Buffer.from(random.bytes(PASSWORD_BYTES)).toString('base64url');
}

function lost(file: string): LiaisonError {
  return new LiaisonError(
    'unavailable',
    `The database exists but ${file} is gone, so nobody can sign in to it. Restore the file from a backup.`,
  );
}
