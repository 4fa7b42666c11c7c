import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64url, LiaisonError, toBase64url, type RandomSource } from '#liaison/protocol';
import type { Configuration } from '../config/configuration.js';
import { HubKeys } from './hub-keys.js';

const SEED_BYTES = 32;
export const TOKEN_KEY_FILE = 'token.key';
export const LOG_KEY_FILE = 'log.key';
export const NEXT_LOG_KEY_FILE = 'log.key.next';
export const EXTERNAL_SENDER_KEY_FILE = 'external-sender.key';
export const NEXT_EXTERNAL_SENDER_KEY_FILE = 'external-sender.key.next';

/**
 * The keys of the configuration, else those of the data folder, which are made at the first start (mode 0600).
 * @throws LiaisonError `unavailable` for a file that others can read or that holds no key.
 */
export function loadHubKeys(configuration: Configuration, random: RandomSource): HubKeys {
  const folder = keyFolder(configuration);
  return new HubKeys({
    token: configuration.tokenKey ?? readOrMake(folder, TOKEN_KEY_FILE, random),
    externalSender: configuration.externalSenderKey ?? readOrMake(folder, EXTERNAL_SENDER_KEY_FILE, random),
    nextExternalSender:
      configuration.nextExternalSenderKey ??
      nextSeed(folder, NEXT_EXTERNAL_SENDER_KEY_FILE, configuration.externalSenderKey),
    log: configuration.logKey ?? readOrMake(folder, LOG_KEY_FILE, random),
    nextLog: configuration.nextLogKey ?? nextSeed(folder, NEXT_LOG_KEY_FILE, configuration.logKey),
  });
}

/** Where the key files of a data folder lie. */
export function keyFolder({ dataFolder }: Pick<Configuration, 'dataFolder'>): string {
  return join(dataFolder, 'keys');
}

/** A new key in the folder, and never over another. */
export function makeKey(folder: string, name: string, random: RandomSource): Uint8Array {
  const path = join(folder, name);
  make(folder, path, random);
  return read(path);
}

/** @param given the key that it follows on, where that comes from the settings. */
function nextSeed(folder: string, name: string, given: Uint8Array | undefined): Uint8Array | undefined {
  const path = join(folder, name);
  return given === undefined && existsSync(path) ? read(path) : undefined;
}

function readOrMake(folder: string, name: string, random: RandomSource): Uint8Array {
  const path = join(folder, name);
  if (!existsSync(path)) make(folder, path, random);
  return read(path);
}

/** Appears whole or not at all, and never over another: two processes that start at once end with the same key. */
function make(folder: string, path: string, random: RandomSource): void {
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${toBase64url(random.bytes(SEED_BYTES))}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

function read(path: string): Uint8Array {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new LiaisonError('unavailable', `Others can read the key in ${path}. Make it yours alone: chmod 600 ${path}`);
  }
  const seed = decoded(readFileSync(path, 'utf8').trim());
  if (seed?.length === SEED_BYTES) return seed;
  throw new LiaisonError('unavailable', `There is no key in ${path}: 32 bytes in base64url are expected. Restore it.`);
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text);
  } catch {
    return undefined;
  }
}
