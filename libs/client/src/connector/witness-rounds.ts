import { signingKeyFromSeed, verifyRosterUpdate } from '#liaison/crypto';
import { type Clock, decodeUntrustedRoster, LiaisonError, toBase64url } from '#liaison/protocol';
import {
  answerAddCheckpoint,
  decodeAddCheckpoint,
  decodeNote,
  SIZE_CONTENT_TYPE,
  type Witness,
  type WitnessAnswer,
  witnessName,
  type WitnessState,
  type WitnessStep,
} from '#liaison/tlog';
import type { HubTransport } from '../hub-transport.js';
import { rosterLog } from '../log/log-policy.js';
import type { ConnectorProfile } from './connector-profile.js';

/** Where a witness keeps its state. It must not go back: an older state would cosign a fork. */
export interface WitnessMemory {
  read(): Promise<WitnessState>;
  /** Durable on return. */
  write(state: WitnessState): Promise<void>;
  /** Two histories under the log's signature: kept for ever. */
  keepEvidence(evidence: NonNullable<WitnessStep['alarm']>): Promise<void>;
}

export type WitnessRound =
  /** `accepted`: whether the hub took the cosignature as a new one. */
  | { readonly outcome: 'cosigned'; readonly size: number; readonly accepted: boolean }
  /** Nothing new since the last round. */
  | { readonly outcome: 'nothing-new'; readonly size: number }
  /** The hub's request did not pass: `alarm` where the log convicts itself. */
  | { readonly outcome: 'refused'; readonly status: number; readonly message: string; readonly alarm: boolean };

export interface WitnessPorts {
  readonly transport: HubTransport;
  readonly memory: WitnessMemory;
  readonly clock: Clock;
}

/**
 * The witness of a contact point, from its profile.
 * @throws LiaisonError `malformed` (CLI-61) where the pinned roster is not valid, or names another key or no log.
 */
export function witnessOf({ contactPoint, witnessSeed, foundingRoster }: ConnectorProfile): Witness {
  const at = Date.parse(decodeUntrustedRoster(foundingRoster.roster).issuedAt);
  const verified = verifyRosterUpdate({ pinned: undefined, candidate: foundingRoster, at });
  if (verified.outcome !== 'ok') throw notUsable(verified.message);
  const { roster } = verified;
  const log = rosterLog(roster);
  if (log === undefined) throw notUsable('Its roster names no log.');
  const key = signingKeyFromSeed(witnessSeed);
  const named = roster.contactPoints.find(({ id }) => id === contactPoint)?.witnessKey;
  if (named !== toBase64url(key.publicKey)) throw notUsable(`Its roster gives ${contactPoint} another witness key.`);
  return { name: witnessName(roster.community, contactPoint), key, logs: [log] };
}

function notUsable(why: string): LiaisonError {
  return new LiaisonError('malformed', `This connector cannot witness. ${why}`, { check: 'CLI-61' });
}

/** Asks a hub what there is to witness, and answers it. One round at a time. */
export class WitnessRounds {
  readonly #origin: string;

  constructor(
    private readonly witness: Witness,
    private readonly ports: WitnessPorts,
  ) {
    this.#origin = witness.logs[0]?.name ?? '';
  }

  /** @throws LiaisonError `unavailable` and the like where the hub cannot be reached. */
  async round(): Promise<WitnessRound> {
    const { memory, clock } = this.ports;
    const state = await memory.read();
    const held = state[this.#origin];
    const body = await this.#request(held?.size ?? 0);
    if (body === undefined) return shrunk(held?.size ?? 0);
    if (held !== undefined && sameCheckpoint(body, held.note)) return { outcome: 'nothing-new', size: held.size };
    const step = answerAddCheckpoint(this.witness, state, { body, at: clock.now() });
    if (step.alarm !== undefined) await memory.keepEvidence(step.alarm);
    if (step.answer.status !== 200) return refusal(step);
    // Before the cosignature leaves: a witness that forgets what it signed would sign its contradiction.
    await memory.write(step.state);
    const size = step.state[this.#origin]?.size ?? 0;
    return { outcome: 'cosigned', size, accepted: await this.#report(size, step.answer) };
  }

  /** @returns `undefined` where the hub says that its log was never that large. */
  async #request(old: number): Promise<string | undefined> {
    const body = await this.ports.transport.request('getWitnessRequest', { query: { old } }).catch((error: unknown) => {
      if (old > 0 && error instanceof LiaisonError && error.details.check === 'LOG-22') return 'shrunk';
      throw error;
    });
    if (body === 'shrunk') return undefined;
    if (typeof body === 'string') return body;
    throw new LiaisonError('integrity', 'The hub answers what the contract does not know.', { check: 'CLI-03' });
  }

  async #report(size: number, { body: cosignatures }: WitnessAnswer): Promise<boolean> {
    const receipt = await this.ports.transport.request('addCosignatures', { body: { size, cosignatures } });
    return typeof receipt === 'object' && receipt !== null && 'added' in receipt && receipt.added !== 0;
  }
}

/** The text alone: others may have cosigned in the meantime. */
function sameCheckpoint(body: string, heldNote: string): boolean {
  try {
    const offered = decodeNote(decodeAddCheckpoint(body).checkpoint).text;
    return offered === decodeNote(heldNote).text;
  } catch {
    return false;
  }
}

/** No note convicts it: the hub may have lost its data. That, too, its operator has to explain. */
function shrunk(size: number): WitnessRound {
  const message = `The hub denies that its log had ${size} entries, which this witness has cosigned.`;
  return { outcome: 'refused', status: 409, message, alarm: false };
}

function refusal({ answer, alarm }: WitnessStep): WitnessRound {
  const { status, body, contentType } = answer;
  const message =
    contentType === SIZE_CONTENT_TYPE ? 'The hub asked from another size than this witness holds.' : body.trim();
  return { outcome: 'refused', status, message, alarm: alarm !== undefined };
}
