import type { PassphraseCost } from '#liaison/crypto';
import type { Clock, RandomSource } from '#liaison/protocol';
import type { Environment } from './config/environment.js';
import type { HubReach } from './config/hub-reach.js';
import type { Terminal } from './terminal/terminal.js';

/** What the process around it lends to the command line. */
export interface Host {
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly reach: HubReach;
  /** How files are sealed under a passphrase; without a cost at the full one. */
  readonly sealing: { readonly random: RandomSource; readonly cost?: PassphraseCost };
  /** Waits so many milliseconds, or until the signal or {@link stop} is aborted. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted by Ctrl-C: commands that run on and on end well. */
  readonly stop: AbortSignal;
  /** Whether somebody sits at a terminal. */
  readonly isAttended: boolean;
  /** Asks for a line that is not shown. @throws LiaisonError `usage` where nobody is there. */
  readonly askHidden: (question: string, otherwise?: string) => Promise<string>;
  /** Asks for a line that is shown as it is typed. @throws LiaisonError `usage` where nobody is there. */
  readonly askLine: (question: string) => Promise<string>;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Runs the hub as a child process: absolute path of its `main.js`. */
  readonly hubProgram: string;
  /** The script that goes into every export of the log: absolute path. */
  readonly exportVerifier: string;
}
