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
  const given = await givenPassphrase(sources);
  if (given !== undefined) return given;
  const beside = await readIfPresent(demoPassphrasePath(profileFolder));
  return beside === undefined ? sources.ask(`Passphrase of ${profileFolder}: `) : firstLine(fromUtf8(beside));
}

/** NIST SP 800-63B-4 section 3.1.1.2: where the passphrase is the only proof. */
const LEAST_CHARACTERS = 15;

/**
 * A passphrase for a file that does not exist yet: the option, the environment, or the officer, who is asked twice.
 * @throws LiaisonError `usage` for a short one, and for two answers that differ.
 */
export async function choosePassphrase(what: string, sources: PassphraseSources): Promise<string> {
  const chosen = (await givenPassphrase(sources)) ?? (await askTwice(what, sources.ask));
  if (Array.from(chosen).length >= LEAST_CHARACTERS) return chosen;
  throw new LiaisonError(
    'usage',
    `A passphrase has at least ${LEAST_CHARACTERS} characters: five or six words that nobody would put together.`,
  );
}

/** Of a sealed file that lies alone. */
export async function passphraseOf(what: string, sources: PassphraseSources): Promise<string> {
  return (await givenPassphrase(sources)) ?? sources.ask(`Passphrase of ${what}: `);
}

async function givenPassphrase({ option, environment }: PassphraseSources): Promise<string | undefined> {
  if (option !== undefined) return readPassphraseFile(option);
  if (environment.passphrase !== undefined) return environment.passphrase;
  return environment.passphraseFile === undefined ? undefined : readPassphraseFile(environment.passphraseFile);
}

async function askTwice(what: string, ask: PassphraseSources['ask']): Promise<string> {
  const first = await ask(`Choose a passphrase for ${what}: `);
  if ((await ask('The same again: ')) === first) return first;
  throw new LiaisonError('usage', 'The two answers differ: nothing was made.');
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
