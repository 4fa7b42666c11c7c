import { readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { LiaisonError } from '#liaison/protocol';

/** The operating system's account that PostgreSQL runs under. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** Existing accounts that own nothing worth stealing, best first. Liaison never creates one. */
const UNPRIVILEGED = ['postgres', '_postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root, so root lends it an existing account.
 * @param cluster an existing cluster's owner wins: its files are already theirs.
 * @returns undefined when the present account will do.
 */
export function accountForPostgres(cluster: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` };
  const accounts = readAccounts();
  for (const name of UNPRIVILEGED) {
    const account = accounts.get(name);
    if (account !== undefined) return account;
  }
  throw new LiaisonError(
    'unavailable',
    `PostgreSQL must not run as root, and this machine has none of the accounts ${UNPRIVILEGED.join(', ')}. ` +
      'Start as an ordinary user, or give LIAISON_DATABASE_URL.',
  );
}

function readAccounts(): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name !== undefined && Number(uid) > 0) accounts.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

const READ_AND_ENTER = 0o5;
const ENTER = 0o1;

/** Whether the account may read and execute `path` and pass every folder above it. Access lists beyond mode bits are not seen. */
export function canUse(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true;
  return mayDo(statSync(path), account, READ_AND_ENTER) && canReach(account, path);
}

/** Whether the account may pass every folder above `path`. */
export function canReach(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true;
  const parent = dirname(path);
  if (parent === path) return true;
  return mayDo(statSync(parent), account, ENTER) && canReach(account, parent);
}

function mayDo(file: Stats, account: Account, bits: number): boolean {
  const shift = file.uid === account.uid ? 6 : file.gid === account.gid ? 3 : 0;
  return ((file.mode >> shift) & bits) === bits;
}
