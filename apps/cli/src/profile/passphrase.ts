import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromUtf8, LiaisonError } from '#liaison/protocol';
import { readIfPresent } from '#liaison/client.node';

/** Where a passphrase may come from, the nearest first. */
export interface PassphraseSources {
  /** `--passphrase-file`. */
  readonly option: string | undefined;
  readonly environment: { readonly passphrase: string | undefined; readonly passphraseFile: string | undefined };
  /** Asks the officer. @throws LiaisonError `usage` where nobody is there to answer. */
  readonly ask: (question: string) => Promise<string>;
}

/** The option, the environment, a file `passphrase` beside the profile's folder (as the demo's), then the officer. */
export async function findPassphrase(profileFolder: string, sources: PassphraseSources): Promise<string> {
  const { option, environment } = sources;
  if (option !== undefined) return readPassphraseFile(option);
  if (environment.passphrase !== undefined) return environment.passphrase;
  if (environment.passphraseFile !== undefined) return readPassphraseFile(environment.passphraseFile);
  const beside = await readIfPresent(demoPassphrasePath(profileFolder));
  return beside === undefined ? sources.ask(`Passphrase of ${profileFolder}: `) : firstLine(fromUtf8(beside));
}

function demoPassphrasePath(profileFolder: string): string {
  return join(dirname(profileFolder), 'passphrase');
}

async function readPassphraseFile(path: string): Promise<string> {
  try {
    return firstLine(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new LiaisonError('usage', `The passphrase file ${path} cannot be read.`, { cause });
  }
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}
