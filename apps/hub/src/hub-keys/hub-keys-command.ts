import pg from 'pg';
import { cryptoReady } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { decodeUntrustedRoster, fromBase64url, LiaisonError, type Roster } from '#liaison/protocol';
import { logOrigin, thresholdPolicy, verifierKey, verifyCheckpoint } from '#liaison/tlog';
import type { Configuration } from '../config/configuration.js';
import { databaseUrl } from '../log/run-fsck.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import type { Writing } from '../writing.js';
import { groupsBehind } from './groups-behind.js';
import { toReadAloud } from './identity-command.js';
import {
  finishExternalSender,
  finishRotation,
  type HubFile,
  rotateExternalSender,
  rotateLogKey,
  rotateSessionKey,
} from './rotate-keys.js';

/** A line for each. */
export const HUB_KEYS_HELP = `hub-keys rotate                   make the next log key; prints hub.json for "liaison ceremony revise --hub-file"; then restart the hub
hub-keys finish                   when the roster names the new key: it takes the place of the old one; then restart the hub
hub-keys rotate-external-sender   make the next key for proposals; prints hub.json as above; then restart the hub
hub-keys finish-external-sender   when the roster and all channels name it: it takes the place of the old one; then restart the hub
                                  --leave-behind: also where channels name the old one, in which no member has been online since
hub-keys rotate-session           a new session key: with the restart every session ends, and devices sign in again
`;

/** `main.js hub-keys …`, with the settings of the hub; one line of JSON on standard output. @returns the exit code. */
export async function hubKeys(
  [command, ...flags]: readonly string[],
  configuration: Configuration,
  { out, err }: Writing,
): Promise<number> {
  await cryptoReady();
  const known = command === 'finish-external-sender' ? ['--leave-behind'] : [];
  const isUnderstood = flags.every((flag) => known.includes(flag));
  const answer = isUnderstood ? await act(command, configuration, flags.length > 0) : undefined;
  if (answer === undefined) err(HUB_KEYS_HELP);
  else out(`${JSON.stringify(answer)}\n`);
  if (isHubFile(answer)) err(toReadAloud(answer, 'To compare with the co-chairs before they sign'));
  return answer === undefined ? 2 : 0;
}

function isHubFile(answer: object | undefined): answer is HubFile {
  return answer !== undefined && 'type' in answer && answer.type === 'liaison-hub';
}

async function act(
  command: string | undefined,
  configuration: Configuration,
  leaveBehind: boolean,
): Promise<object | undefined> {
  if (command === 'rotate') return rotateLogKey(configuration, systemRandom);
  if (command === 'finish')
    return finishRotation(configuration, systemRandom, await inDatabase(configuration, publishedLogKey));
  if (command === 'rotate-external-sender') return rotateExternalSender(configuration, systemRandom);
  if (command === 'finish-external-sender') {
    const published = await inDatabase(configuration, publishedSender);
    return finishExternalSender(configuration, systemRandom, published, { leaveBehind });
  }
  if (command !== 'rotate-session') return undefined;
  rotateSessionKey(configuration, systemRandom);
  return { rotated: 'session' };
}

async function inDatabase<T>(configuration: Configuration, read: (client: pg.Client) => Promise<T>): Promise<T> {
  const log = new HubLog('warn', systemClock, process.stderr);
  const shutdown = new Shutdown((stage, fault) => {
    log.error('A step of the shutdown failed.', fault, { stage });
  });
  try {
    const connectionString = await databaseUrl({ configuration, random: systemRandom, log }, shutdown);
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await read(client);
    } finally {
      await client.end();
    }
  } finally {
    await shutdown.run();
  }
}

/** The newest roster, and whether the log key that it names has signed the newest checkpoint. */
async function publishedLogKey(client: pg.Client) {
  const roster = await newestRoster(client);
  const { rows } = await client.query<{ note: string }>('SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1');
  if (rows[0] === undefined) throw new LiaisonError('not-found', 'This database has no checkpoint yet.');
  return { roster, isSigned: isSignedByLog(roster, rows[0].note) };
}

/** The newest roster, and the channels that name another external sender key. */
async function publishedSender(client: pg.Client) {
  const roster = await newestRoster(client);
  return { roster, behind: await groupsBehind(client, fromBase64url(roster.hub.externalSenderKey)) };
}

async function newestRoster(client: pg.Client): Promise<Roster> {
  const { rows } = await client.query<{ roster: string }>('SELECT roster FROM rosters ORDER BY version DESC LIMIT 1');
  if (rows[0] === undefined) throw new LiaisonError('not-found', 'This database has no roster yet.');
  return decodeUntrustedRoster(rows[0].roster);
}

function isSignedByLog({ hub: { origin, logKey } }: Roster, note: string): boolean {
  if (logKey === undefined) return false;
  const policy = thresholdPolicy([verifierKey('log', logOrigin(origin), fromBase64url(logKey))], [], 0);
  return verifyCheckpoint({ note, policy }).outcome === 'ok';
}
