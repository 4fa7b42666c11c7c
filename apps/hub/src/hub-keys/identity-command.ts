import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cryptoReady, hubFingerprint } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { LiaisonError } from '#liaison/protocol';
import type { Configuration } from '../config/configuration.js';
import type { Writing } from '../writing.js';
import type { HubKeys } from './hub-keys.js';
import { EXTERNAL_SENDER_KEY_FILE, keyFolder, loadHubKeys, LOG_KEY_FILE } from './key-files.js';
import { type HubFile, hubFile, hubFileOf } from './rotate-keys.js';

/**
 * `main.js identity`, with the settings of the hub, which may be at work: hub.json on standard output, and on standard error the digits
 * that the co-chairs compare. @returns the exit code. @throws LiaisonError `not-found` where this hub has no keys yet.
 */
export async function identity(configuration: Configuration, { out, err }: Writing): Promise<number> {
  await cryptoReady();
  requireKeys(configuration);
  const keys = loadHubKeys(configuration, systemRandom);
  const file = identityOf(configuration, keys);
  err(toReadAloud(file, 'Read aloud to the co-chairs'));
  const waits = keys.nextLogKey !== undefined || keys.nextExternalSenderKey !== undefined;
  if (waits) err(toReadAloud(hubFile(configuration, systemRandom), 'With the keys that wait for a roster version'));
  out(`${JSON.stringify(file)}\n`);
  return 0;
}

/** What this hub says that it is before a roster names others of its keys. */
export function identityOf({ origin }: Pick<Configuration, 'origin'>, { externalSenderKey, logKey }: HubKeys): HubFile {
  return hubFileOf(origin, externalSenderKey, logKey);
}

/** In two lines of six groups, as everywhere that digits are compared. */
export function toReadAloud(file: HubFile, what: string): string {
  const groups = hubFingerprint(file).split(' ');
  const lines = [groups.slice(0, 6), groups.slice(6)].map((line) => `  ${line.join(' ')}\n`);
  return `${what}, for ${file.origin}:\n${lines.join('')}`;
}

/** Else it would make some, and read aloud what no hub is: as in a folder that is not the hub's. */
function requireKeys(configuration: Configuration): void {
  const folder = keyFolder(configuration);
  const isThere = (given: Uint8Array | undefined, name: string) =>
    given !== undefined || existsSync(join(folder, name));
  const { externalSenderKey, logKey } = configuration;
  if (isThere(externalSenderKey, EXTERNAL_SENDER_KEY_FILE) && isThere(logKey, LOG_KEY_FILE)) return;
  throw new LiaisonError(
    'not-found',
    `There are no keys in ${folder}. The hub makes them at its first start; is LIAISON_DATA that of the hub?`,
  );
}
