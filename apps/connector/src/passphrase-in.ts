import { readFile } from 'node:fs/promises';
import { LiaisonError } from '#liaison/protocol';

/** @throws LiaisonError `usage`. */
export async function passphraseIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new LiaisonError('usage', `The passphrase file ${path} cannot be read.`, { cause });
  }
}
