import { LiaisonError } from '#liaison/protocol';
import type { LogEntry, LogEntryType } from '#liaison/tlog';
import { breach } from '../breach.js';
import type { LogKeeper } from './log-keeper.js';
import { LoggedEntries } from './logged-entries.js';

/** What the hub says stands at a place of the log. */
export interface ClaimedEntry {
  readonly index: number;
  readonly entry: string;
}

/** What an entry has to say of an act, so that it is that act's and no other's. */
export interface ExpectedAct {
  readonly type: LogEntryType;
  readonly subject: LogEntry['subject'];
  readonly actor?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** Of an act whose place in the log is proved. */
export interface LoggedAct {
  /** The hub's time of its entry, milliseconds since 1970; absent where the community has no log. */
  readonly loggedAt?: number;
}

/**
 * Acts beside the records: each counts once the log is proved to hold it at the place that the hub says, for their order there decides. One of
 * these looks at one checkpoint: make one for each round.
 */
export class ProvedActs {
  readonly #entries: LoggedEntries;

  constructor(private readonly keeper: LogKeeper) {
    this.#entries = new LoggedEntries(keeper, 'CLI-86');
  }

  /**
   * @returns undefined while no checkpoint covers the place.
   * @throws LiaisonError `integrity` CLI-86: the log holds something else there.
   */
  async find({ index, entry }: ClaimedEntry, expected: ExpectedAct): Promise<LoggedAct | undefined> {
    if (!(await this.keeper.hasLog())) return {};
    try {
      const logged = await this.#entries.require(entry, index);
      if (!isOf(logged, expected)) throw breach('CLI-86', `Place ${index} is of something else.`);
      return { loggedAt: Date.parse(logged.at) };
    } catch (cause) {
      if (cause instanceof LiaisonError && cause.code === 'try-again') return undefined;
      throw cause;
    }
  }
}

function isOf(logged: LogEntry, { type, subject, actor, details = {} }: ExpectedAct): boolean {
  const isSame = (said: object, wanted: object) =>
    Object.entries(wanted).every(([name, value]) => (said as Record<string, unknown>)[name] === value);
  return (
    logged.type === type &&
    (actor === undefined || logged.actor === actor) &&
    isSame(logged.subject, subject) &&
    isSame(logged.details ?? {}, details)
  );
}
