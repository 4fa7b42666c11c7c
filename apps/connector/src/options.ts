import { parseArgs } from 'node:util';
import { LiaisonError } from '#liaison/protocol';

/** What the connector is told when it is started. */
export interface ConnectorOptions {
  readonly duty: Duty;
  /** To witness it holds `connector.json`, and from the first round on `witness-state.json`; to check a device's `profile.json` and `store`. */
  readonly folder: string;
  readonly passphraseFile: string;
  /** Where the hub answers, where that is not what the profile says. */
  readonly hubUrl: string | undefined;
  /** File of the authorities that may vouch for the hub in TLS. */
  readonly hubAuthorities: string | undefined;
  /** Seconds between two rounds. */
  readonly every: number;
  /** One round, then the end. */
  readonly once: boolean;
}

const DUTIES = ['witness', 'check'] as const;
type Duty = (typeof DUTIES)[number];

export const HELP = `connector witness <folder>, connector check <folder>: what a contact point runs on its own premises.

witness
Asks the hub for the newest checkpoint of its log, verifies that the log only grew since the last one, cosigns it and reports that.
The folder holds connector.json, sealed by a passphrase; "liaison demo found" makes one for bg, hu and iq.

check
Signs in as a device whose certificate has the duty "connector" and verifies roster, revocation lists, sign-in policy, that the log only grew, and what
its contact point demands: where that is mutual TLS, that the hub takes its token from no connection without its certificate. Once; for a timer.
The folder is that of "liaison enrol --profile <folder>".

  --passphrase-file <file>  the passphrase is its first line; default: the file "passphrase" beside the folder
  --hub <url>               where the hub answers, if not where the profile says
  --hub-ca <file>           PEM of the authorities that may vouch for an https hub; default: those that Node.js trusts
  --every <seconds>         witness: time between two rounds; default 10
  --once                    witness: one round, then the end

Ends with 0, with 2 for a wrong call or a refusal, with 5 where the hub cannot be reached (check, --once), with 7 where something does not hold:
then do not restart it, keep the folder, and tell the other contact points.

Never restore the folder from a backup: a witness that has forgotten what it signed would sign its contradiction. Begin with a new key.`;

const LEAST_SECONDS = 1;
const DEFAULT_SECONDS = 10;

/** @returns `undefined` where help is wanted. @throws LiaisonError `usage`. */
export function readOptions(argv: readonly string[]): ConnectorOptions | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help === true) return undefined;
  const [duty, folder, ...rest] = positionals;
  const known = DUTIES.find((each) => each === duty);
  if (known === undefined || folder === undefined || rest.length > 0)
    throw wrong('Say: connector witness <folder>, or connector check <folder>.');
  const every = Number(values.every ?? DEFAULT_SECONDS);
  if (!Number.isFinite(every) || every < LEAST_SECONDS) throw wrong('--every takes seconds, 1 or more.');
  return {
    duty: known,
    folder,
    every,
    passphraseFile: values['passphrase-file'] ?? `${folder}/../passphrase`,
    hubUrl: values.hub,
    hubAuthorities: values['hub-ca'],
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
        'hub-ca': { type: 'string' },
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
