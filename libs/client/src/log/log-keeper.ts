import {
  canonicalJson,
  equalBytes,
  fromBase64url,
  LiaisonError,
  type LogRestoration,
  type Roster,
  timestampOf,
} from '#liaison/protocol';
import {
  type Checkpoint,
  decodeNote,
  decodeUntrustedCheckpoint,
  type LogFault,
  type LogReader,
  verifyCheckpoint,
} from '#liaison/tlog';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { hubLogReader } from './hub-log-reader.js';
import { growthFaultOf } from './log-growth.js';
import { rosterEvidencePolicy, rosterLog, rosterLogPolicy } from './log-policy.js';

/** The newest checkpoint that this device has verified: what every later one must have grown from. */
export interface HeldCheckpoint {
  readonly v: 1;
  /** The signed note, for evidence. */
  readonly note: string;
  /** RFC 3339. */
  readonly verifiedAt: string;
}

/** Two notes of one log that contradict each other. Kept for ever. */
interface LogEvidence {
  readonly v: 1;
  readonly check: string;
  readonly held: string;
  readonly offered: string;
  readonly at: string;
}

/** How often another process may move the held checkpoint while this one looks. */
const ROUNDS = 5;

/** Follows the hub's log: remembers the newest verified checkpoint and refuses a log that shrinks or forks. */
export class LogKeeper {
  readonly reader: LogReader;

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {
    this.reader = hubLogReader(hub);
  }

  roster(): Promise<Roster> {
    return this.device.transact(async (transaction) => (await this.trust.current(transaction)).roster);
  }

  async hasLog(): Promise<boolean> {
    return rosterLog(await this.roster()) !== undefined;
  }

  held(): Promise<HeldCheckpoint | undefined> {
    return this.device.transact(heldIn);
  }

  /** The newest with so many cosignatures, else the newest. @throws LiaisonError `integrity` CLI-70 where the hub serves none. */
  async newest(cosigned = 0): Promise<string> {
    try {
      return await this.hub.callOnce('getLogCheckpoint', { query: { cosigned } });
    } catch (cause) {
      const absent = cause instanceof LiaisonError && (cause.code === 'not-found' || cause.code === 'try-again');
      if (absent && cosigned > 0) return this.newest();
      throw absent && cause.code === 'not-found' ? breach('CLI-70', 'It shows none.', cause) : cause;
    }
  }

  /**
   * Fetches the newest checkpoint, verifies it and that the log only grew since the one held, and holds it from now on.
   * @throws LiaisonError `integrity` CLI-70, CLI-71, CLI-72; the evidence is stored first.
   */
  async advance(): Promise<HeldCheckpoint> {
    for (let round = 1; round <= ROUNDS; round += 1) {
      // Read before the hub is asked: what it shows now cannot be older than what it showed then.
      const before = await this.held();
      const note = await this.newest();
      const taken = await this.#take(note, before);
      if (taken !== undefined) return taken;
    }
    throw new LiaisonError('try-again', 'Another process follows the log at the same time. Try again in a moment.');
  }

  /**
   * Holds a checkpoint that came with a proof against the one held: older, the same or newer, it must be of one history.
   * @throws LiaisonError `integrity` as {@link advance}.
   */
  async requireOneHistory(note: string): Promise<void> {
    const held = await this.held();
    // A key of before may have signed what is no newer than what is held.
    const offered = await this.#verified(note, rosterEvidencePolicy);
    if (held !== undefined && offered.size < checkpointOf(held).size) {
      const growth = { older: offered, newer: checkpointOf(held), reader: this.reader };
      await this.#refuse(await growthFaultOf(growth), held, note);
    } else if ((await this.#take(note, held)) === undefined) await this.advance();
  }

  /** @returns `undefined` where another process has moved the held checkpoint in the meantime. */
  async #take(note: string, before: HeldCheckpoint | undefined): Promise<HeldCheckpoint | undefined> {
    const newer = await this.#verified(note);
    if (before !== undefined) {
      const older = checkpointOf(before);
      const same = older.size === newer.size && equalBytes(older.root, newer.root);
      const fault = same ? undefined : await growthFaultOf({ older, newer, reader: this.reader });
      if (fault !== undefined && (await this.#isOfRestoration(newer))) return this.#follow(note, before);
      await this.#refuse(fault, before, note);
    }
    const taken: HeldCheckpoint = { v: 1, note, verifiedAt: timestampOf(this.device.clock) };
    return this.device.transact(async (transaction) => {
      if ((await heldIn(transaction))?.note !== before?.note) return undefined;
      transaction.putJson(KEYS.checkpoint, taken);
      return taken;
    });
  }

  /** Whether the co-chairs have named where the log goes on, this device has not followed that yet, and the log grew from there. */
  async #isOfRestoration(newer: Checkpoint): Promise<boolean> {
    const { restored } = (await this.roster()).hub;
    if (restored === undefined) return false;
    const followed = await this.device.transact((transaction) => transaction.getJson<LogRestoration>(KEYS.restoration));
    if (followed !== undefined && canonicalJson(followed) === canonicalJson(restored)) return false;
    const older = { ...newer, size: restored.size, root: fromBase64url(restored.root) };
    return (await growthFaultOf({ older, newer, reader: this.reader })) === undefined;
  }

  /** Holds the log as it was restored, once, and says what that took away. */
  async #follow(note: string, before: HeldCheckpoint): Promise<HeldCheckpoint | undefined> {
    const { restored } = (await this.roster()).hub;
    const taken: HeldCheckpoint = { v: 1, note, verifiedAt: timestampOf(this.device.clock) };
    return this.device.transact(async (transaction) => {
      if ((await heldIn(transaction))?.note !== before.note || restored === undefined) return undefined;
      transaction.putJson(KEYS.checkpoint, taken);
      transaction.putJson(KEYS.restoration, restored);
      // The two notes would convict the log; the co-chairs answer for it instead. They are kept all the same.
      transaction.putJson(KEYS.logEvidence(checkpointOf(before).size), {
        v: 1,
        check: 'CLI-92',
        held: before.note,
        offered: note,
        at: taken.verifiedAt,
      } satisfies LogEvidence);
      const detail = `This device knew ${checkpointOf(before).size} entries of the log; it goes on from ${restored.size}.`;
      await raiseAlarm(transaction, this.device.clock, breach('CLI-92', detail));
      return taken;
    });
  }

  /** By the roster's log key. Witnesses are asked for where a proof is judged, not here: a checkpoint is cosigned after it is signed. */
  async #verified(note: string, policyOf = rosterLogPolicy): Promise<Checkpoint> {
    const verified = verifyCheckpoint({ note, policy: policyOf(await this.roster(), 0), at: this.device.clock.now() });
    if (verified.outcome !== 'ok') throw breach('CLI-70', `${verified.check}: ${verified.message}`);
    return verified.checkpoint;
  }

  /** Stores the two notes, which convict the log before anybody, then refuses. */
  async #refuse(fault: LogFault | undefined, held: HeldCheckpoint, offered: string): Promise<void> {
    if (fault === undefined) return;
    const at = timestampOf(this.device.clock);
    const evidence: LogEvidence = { v: 1, check: fault.check, held: held.note, offered, at };
    await this.device.transact((transaction) => {
      transaction.putJson(KEYS.logEvidence(checkpointOf(held).size), evidence);
      return Promise.resolve();
    });
    throw breach(fault.check === 'CLI-71' ? 'CLI-71' : 'CLI-72', `${fault.check}: ${fault.message}`);
  }
}

async function heldIn(transaction: Transaction): Promise<HeldCheckpoint | undefined> {
  return transaction.getJson<HeldCheckpoint>(KEYS.checkpoint);
}

/** Of a note that this device has verified and stored itself. */
export function checkpointOf({ note }: HeldCheckpoint): Checkpoint {
  try {
    return decodeUntrustedCheckpoint(decodeNote(note).text);
  } catch (cause) {
    throw asBreach('CLI-70', cause);
  }
}
