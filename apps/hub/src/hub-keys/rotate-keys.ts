import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { signingKeyFromSeed } from '#liaison/crypto';
import { LiaisonError, type RandomSource, type Roster, toBase64url } from '#liaison/protocol';
import type { Configuration } from '../config/configuration.js';
import { keyFolder, loadHubKeys, LOG_KEY_FILE, makeKey, NEXT_LOG_KEY_FILE, TOKEN_KEY_FILE } from './key-files.js';

/** What the hub says of itself for the co-chairs: `liaison-hub` of docs/spec/ceremony.md. */
export interface HubFile {
  readonly type: 'liaison-hub';
  readonly v: 1;
  readonly origin: string;
  readonly externalSenderKey: string;
  readonly logKey: string;
}

/**
 * Makes the log's next key beside the one that it has, once. From the restart on the hub signs checkpoints with both; the co-chairs
 * name the next one in a roster version. The same again gives the same file. @throws LiaisonError `usage` where the key is not in a file.
 */
export function rotateLogKey(configuration: Configuration, random: RandomSource): HubFile {
  requireKeyFiles(configuration);
  const folder = keyFolder(configuration);
  const { externalSenderPublicKey } = loadHubKeys(configuration, random);
  const next = signingKeyFromSeed(makeKey(folder, NEXT_LOG_KEY_FILE, random));
  return {
    type: 'liaison-hub',
    v: 1,
    origin: configuration.origin,
    externalSenderKey: toBase64url(externalSenderPublicKey),
    logKey: toBase64url(next.publicKey),
  };
}

/**
 * Puts the next key in the place of the log key, whose file is gone then.
 * @param published the newest roster, and whether the log key that it names has signed the newest checkpoint.
 * @throws LiaisonError `conflict` where the roster does not name the next key yet, or no checkpoint carries its signature.
 */
export function finishRotation(
  configuration: Configuration,
  random: RandomSource,
  published: { readonly roster: Roster; readonly isSigned: boolean },
): { readonly logKey: string } {
  requireKeyFiles(configuration);
  const { nextLogKey } = loadHubKeys(configuration, random);
  if (nextLogKey === undefined) throw new LiaisonError('usage', 'No log key is waiting: begin with "hub-keys rotate".');
  const logKey = toBase64url(nextLogKey.publicKey);
  if (published.roster.hub.logKey !== logKey)
    throw new LiaisonError(
      'conflict',
      'The newest roster does not name the new log key yet: it would be refused by every client.',
    );
  if (!published.isSigned)
    throw new LiaisonError('conflict', 'The newest checkpoint is not signed by the new key: restart the hub first.');
  // One step: a crash leaves the old key or the new one.
  renameSync(join(keyFolder(configuration), NEXT_LOG_KEY_FILE), join(keyFolder(configuration), LOG_KEY_FILE));
  return { logKey };
}

/** Every session ends with the restart; devices sign in again by themselves. */
export function rotateSessionKey(configuration: Configuration, random: RandomSource): void {
  if (configuration.tokenKey !== undefined)
    throw new LiaisonError('usage', 'The session key comes from LIAISON_TOKEN_KEY: give another value there.');
  const path = join(keyFolder(configuration), TOKEN_KEY_FILE);
  if (existsSync(path)) rmSync(path);
  makeKey(keyFolder(configuration), TOKEN_KEY_FILE, random);
}

function requireKeyFiles({ logKey }: Configuration): void {
  if (logKey === undefined) return;
  throw new LiaisonError(
    'usage',
    'The log key comes from LIAISON_LOG_KEY: give the new one as LIAISON_LOG_KEY_NEXT, and move it there when the roster names it.',
  );
}
