import { parseArgs } from 'node:util';
import { LiaisonError } from '#liaison/protocol';

/** What the connector is told when it is started. */
export interface ConnectorOptions {
  /** Holds `connector.json`, and from the first round on `witness-state.json`. */
  readonly folder: string;
  readonly passphraseFile: string;
  /** Where the hub answers, where that is not what the profile says. */
  readonly hubUrl: string | undefined;
  /** Seconds between two rounds. */
  readonly every: number;
  /** One round, then the end. */
  readonly once: boolean;
}

export const HELP = `connector witness <folder>: what a contact point runs on its own premises.

Asks the hub for the newest checkpoint of its log, verifies that the log only grew since the last one, cosigns it and reports that.
The folder holds connector.json, sealed by a passphrase; "liaison demo found" makes one for bg, hu and iq.

  --passphrase-file <file>  the passphrase is its first line; default: the file "passphrase" beside the folder
  --hub <url>               where the hub answers, if not where the profile says
  --every <seconds>         time between two rounds; default 10
  --once                    one round, then the end

Ends with 0, with 2 for a wrong call, with 5 where the hub cannot be reached (--once), with 7 where the log does not hold: then do not
restart it, keep the folder's evidence-*.json, and tell the other contact points.

Never restore the folder from a backup: a witness that has forgotten what it signed would sign its contradiction. Begin with a new key.`;

const LEAST_SECONDS = 1;
const DEFAULT_SECONDS = 10;

/** @returns `undefined` where help is wanted. @throws LiaisonError `usage`. */
export function readOptions(argv: readonly string[]): ConnectorOptions | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help === true) return undefined;
  const [duty, folder, ...rest] = positionals;
  if (duty !== 'witness' || folder === undefined || rest.length > 0) throw wrong('Say: connector witness <folder>.');
  const every = Number(values.every ?? DEFAULT_SECONDS);
  if (!Number.isFinite(every) || every < LEAST_SECONDS) throw wrong('--every takes seconds, 1 or more.');
  return {
    folder,
    every,
    passphraseFile: values['passphrase-file'] ?? `${folder}/../passphrase`,
    hubUrl: values.hub,
    once: values.once ?? false,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'passphrase-file': { type: 'string' },
        hub: { type: 'string' },
        every: { type: 'string' },
        once: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : 'Wrong options.');
  }
}

function wrong(why: string): LiaisonError {
  return new LiaisonError('usage', `${why} ("connector --help" explains.)`);
}
