import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { SHARE_ENV, Worker } from 'node:worker_threads';

const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
];

/** Why no token can be had on this machine; undefined where one can. */
export async function whyNoToken(): Promise<string | undefined> {
  if (library() === undefined) return 'SoftHSM is not installed (Debian: softhsm2)';
  const name: string = 'pkcs11js';
  return import(name).then(
    () => undefined,
    () => 'pkcs11js is not compiled (npm rebuild pkcs11js)',
  );
}

/** A PKCS#11 token in software, with its own folder. */
export interface SoftToken {
  readonly module: string;
  readonly label: string;
  /** A file descriptor from which the PIN can be read once; `wrong`: another PIN. */
  readonly pinFd: (wrong?: 'wrong') => string;
}

export async function softToken(folder: string, label: string): Promise<SoftToken> {
  const configuration = join(folder, 'softhsm2.conf');
  mkdirSync(join(folder, 'tokens'));
  writeFileSync(
    configuration,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  for (const [name, pin] of [
    ['pin', '271828'],
    ['wrong-pin', '314159'],
  ] as const)
    writeFileSync(join(folder, name), `${pin}\n`);
  const token = ['--init-token', '--free', '--label', label, '--pin', '271828', '--so-pin', '16180339'];
  execFileSync('softhsm2-util', token, { env: { SOFTHSM2_CONF: configuration }, stdio: 'ignore' });
  await setInThisProcess('SOFTHSM2_CONF', configuration);
  return {
    module: library() ?? '',
    label,
    pinFd: (wrong) => String(openSync(join(folder, wrong === undefined ? 'pin' : 'wrong-pin'), 'r')),
  };
}

function library(): string | undefined {
  return LIBRARIES.find((path) => existsSync(path));
}

/** The library asks the process's environment, of which a test has only a copy. */
async function setInThisProcess(name: string, value: string): Promise<void> {
  const code = `process.env[${JSON.stringify(name)}] = ${JSON.stringify(value)}`;
  await once(new Worker(code, { eval: true, env: SHARE_ENV }), 'exit');
}
