import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SigningKey } from '#liaison/crypto';
import { type ChannelId, LiaisonError, type RandomSource, type Roster, toBase64url } from '#liaison/protocol';
import type { Configuration } from '../config/configuration.js';
import {
  EXTERNAL_SENDER_KEY_FILE,
  keyFolder,
  loadHubKeys,
  LOG_KEY_FILE,
  makeKey,
  NEXT_EXTERNAL_SENDER_KEY_FILE,
  NEXT_LOG_KEY_FILE,
  TOKEN_KEY_FILE,
} from './key-files.js';

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
  requireLogKeyFile(configuration);
  makeKey(keyFolder(configuration), NEXT_LOG_KEY_FILE, random);
  return hubFile(configuration, random);
}

/**
 * Makes the next external sender key beside the one that there is, once. From the restart on the hub knows both, and channels follow
 * when the co-chairs have named the next one. The same again gives the same file. @throws LiaisonError `usage` where the key is not in a file.
 */
export function rotateExternalSender(configuration: Configuration, random: RandomSource): HubFile {
  if (isSenderGiven(configuration))
    throw new LiaisonError(
      'usage',
      'The external sender key comes from LIAISON_EXTERNAL_SENDER_KEY: give the new one as LIAISON_EXTERNAL_SENDER_KEY_NEXT. "hub-keys finish-external-sender" says when it takes the place of the old one.',
    );
  makeKey(keyFolder(configuration), NEXT_EXTERNAL_SENDER_KEY_FILE, random);
  return hubFile(configuration, random);
}

/** With the next keys, where they wait. */
export function hubFile(configuration: Configuration, random: RandomSource): HubFile {
  const { externalSenderKey, nextExternalSenderKey, logKey, nextLogKey } = loadHubKeys(configuration, random);
  return hubFileOf(configuration.origin, nextExternalSenderKey ?? externalSenderKey, nextLogKey ?? logKey);
}

export function hubFileOf(
  origin: string,
  externalSender: Pick<SigningKey, 'publicKey'>,
  log: Pick<SigningKey, 'publicKey'>,
): HubFile {
  const [externalSenderKey, logKey] = [toBase64url(externalSender.publicKey), toBase64url(log.publicKey)];
  return { type: 'liaison-hub', v: 1, origin, externalSenderKey, logKey };
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
  requireLogKeyFile(configuration);
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
  replace(configuration, NEXT_LOG_KEY_FILE, LOG_KEY_FILE);
  return { logKey };
}

/**
 * Puts the next key in the place of the external sender key, whose file is gone then; where they come from the settings, says that it may be done.
 * @param published the newest roster, and the channels that name another key than it does.
 * @throws LiaisonError `conflict` where the roster does not name the next key yet, or channels are left that would be left behind.
 */
export function finishExternalSender(
  configuration: Configuration,
  random: RandomSource,
  published: { readonly roster: Roster; readonly behind: readonly ChannelId[] },
  { leaveBehind = false } = {},
): { readonly externalSenderKey: string; readonly leftBehind: readonly ChannelId[]; readonly next?: string } {
  const { nextExternalSenderKey } = loadHubKeys(configuration, random);
  if (nextExternalSenderKey === undefined)
    throw new LiaisonError('usage', 'No external sender key is waiting: begin with "hub-keys rotate-external-sender".');
  const externalSenderKey = toBase64url(nextExternalSenderKey.publicKey);
  if (published.roster.hub.externalSenderKey !== externalSenderKey)
    throw new LiaisonError('conflict', 'The newest roster does not name the new external sender key yet.');
  const { behind: leftBehind } = published;
  if (leftBehind.length > 0 && !leaveBehind) throw wouldLeaveBehind(leftBehind);
  if (isSenderGiven(configuration)) return { externalSenderKey, leftBehind, next: MOVE_SETTING };
  replace(configuration, NEXT_EXTERNAL_SENDER_KEY_FILE, EXTERNAL_SENDER_KEY_FILE);
  return { externalSenderKey, leftBehind };
}

const MOVE_SETTING =
  'Move the value of LIAISON_EXTERNAL_SENDER_KEY_NEXT to LIAISON_EXTERNAL_SENDER_KEY at every process, and restart.';

function isSenderGiven({ externalSenderKey, nextExternalSenderKey }: Configuration): boolean {
  return externalSenderKey !== undefined || nextExternalSenderKey !== undefined;
}

const MOST_NAMED = 10;

function wouldLeaveBehind(channels: readonly ChannelId[]): LiaisonError {
  const named = channels.slice(0, MOST_NAMED).join(', ');
  const others = channels.length > MOST_NAMED ? ` and ${channels.length - MOST_NAMED} more` : '';
  return new LiaisonError(
    'conflict',
    `Channels that name the old key, because no member has been online since the roster changed: ${named}${others}. ` +
      'Wait for one member of each to sync, or give --leave-behind: until then the hub can have nobody removed there.',
  );
}

/** One step: a crash leaves the old key or the new one. */
function replace(configuration: Configuration, next: string, current: string): void {
  renameSync(join(keyFolder(configuration), next), join(keyFolder(configuration), current));
}

/** Every session ends with the restart; devices sign in again by themselves. */
export function rotateSessionKey(configuration: Configuration, random: RandomSource): void {
  if (configuration.tokenKey !== undefined)
    throw new LiaisonError('usage', 'The session key comes from LIAISON_TOKEN_KEY: give another value there.');
  const path = join(keyFolder(configuration), TOKEN_KEY_FILE);
  if (existsSync(path)) rmSync(path);
  makeKey(keyFolder(configuration), TOKEN_KEY_FILE, random);
}

function requireLogKeyFile({ logKey, nextLogKey }: Configuration): void {
  if (logKey === undefined && nextLogKey === undefined) return;
  throw new LiaisonError(
    'usage',
    'The log key comes from LIAISON_LOG_KEY: give the new one as LIAISON_LOG_KEY_NEXT, and move it there when the roster names it.',
  );
}
