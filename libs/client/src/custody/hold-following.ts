import { type ChannelId, type LegalHold, LiaisonError } from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { LogKeeper } from '../log/log-keeper.js';
import { type LoggedAct, ProvedActs } from '../log/proved-acts.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { noteAwaited } from './awaited-proof.js';
import type { KnownHold } from './known-hold.js';
import { requireLawfulHold, requireLawfulLift } from './signed-by-administrator.js';

/** A hub that counts on without end is left until the next round. */
const MOST_PAGES = 50;

/** A hold as the hub shows it, with what the log was proved to say of it. */
interface ProvedHold {
  readonly hold: LegalHold;
  readonly placed: LoggedAct;
  readonly lifted?: LoggedAct;
}

/** As many as are proved, in their order, and what was wrong with the next. */
interface ProvedHolds {
  readonly proved: readonly ProvedHold[];
  readonly fault?: LiaisonError;
}

export interface FollowingParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly trust: TrustKeeper;
  readonly keeper: LogKeeper;
}

/**
 * Knows the holds of this device's channels: each once it is signed by an administrator and the log is proved to hold it where the hub says,
 * so that no erasure can be dated before it. What was proved once is never unlearnt.
 */
export class HoldFollowing {
  constructor(private readonly parts: FollowingParts) {}

  /**
   * Of a channel that this device has come to know since the last round, also the older ones.
   * @returns whether all are known that the hub shows: until then nothing is erased on its word.
   */
  async follow(): Promise<boolean> {
    const acts = new ProvedActs(this.parts.keeper);
    for (const channel of await this.#newChannels())
      if (!(await this.#followList(acts, KEYS.holdsNextOf(channel), channel))) return false;
    return this.#followList(acts, KEYS.holdsNext);
  }

  /** The first round of all is of every channel. */
  #newChannels(): Promise<ChannelId[]> {
    return this.parts.device.transact(async (transaction) => {
      const isFirst = (await transaction.get(KEYS.holdsNext)) === undefined;
      const fresh: ChannelId[] = [];
      for (const { key } of await transaction.stored(KEYS.channels)) {
        const channel = key.slice(KEYS.channels.length) as ChannelId;
        const known = await transaction.getJson<Cursor>(KEYS.holdsNextOf(channel));
        if (known?.done === true) continue;
        if (isFirst) transaction.putJson(KEYS.holdsNextOf(channel), { next: 0, done: true } satisfies Cursor);
        else fresh.push(channel);
      }
      return fresh;
    });
  }

  /** @returns whether its end was reached. */
  async #followList(acts: ProvedActs, cursor: string, channel?: ChannelId): Promise<boolean> {
    const { device, hub } = this.parts;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const from = (await device.transact((transaction) => transaction.getJson<Cursor>(cursor)))?.next ?? 0;
      const { holds } = await hub.call('listHolds', { query: { from, ...(channel && { channel }) } });
      requireOrder(holds, from);
      const found = await proveHolds(acts, holds);
      const isEnd = holds.length === 0;
      const last = found.proved.at(-1)?.hold;
      await device.transact(async (transaction) => {
        for (const each of found.proved) await this.#take(transaction, each);
        const next = last === undefined ? from : placeOf(last) + 1;
        transaction.putJson(cursor, { next, ...(isEnd && { done: true }) } satisfies Cursor);
        await this.#note(transaction, found, holds.length);
      });
      if (isEnd || found.proved.length < holds.length) return isEnd;
    }
    return false;
  }

  /** A proof that is wrong is an alarm at once, one that does not come in time later. */
  async #note(transaction: Transaction, { proved, fault }: ProvedHolds, shown: number): Promise<void> {
    const { clock } = this.parts.device;
    if (fault !== undefined) await raiseAlarm(transaction, clock, fault);
    const isWaiting = proved.length === 0 && shown > 0;
    await noteAwaited(transaction, clock, { key: KEYS.holdsAwaited, isWaiting, consequence: UNCOVERED });
  }

  /** What nobody lawfully placed or lifted changes nothing, and is an alarm. */
  async #take(transaction: Transaction, { hold, placed, lifted }: ProvedHold): Promise<void> {
    const { channel, id, entry: _, lift, ...said } = hold;
    const key = KEYS.hold(channel, id);
    try {
      const trust = await this.parts.trust.current(transaction);
      requireLawfulHold({ channel, id, ...said }, { trust, ...placed });
      const known = await transaction.getJson<KnownHold>(key);
      if (known !== undefined && known.signature !== hold.signature)
        throw breach('CLI-83', `There are two of the id ${id}.`);
      const kept = keptHold({ channel, id, ...said }, known);
      transaction.putJson(key, kept);
      if (lift === undefined || kept.lift?.proved === true) return;
      const { entry: __, ...saidOfLift } = lift;
      requireLawfulLift(kept, saidOfLift, { trust, ...lifted });
      transaction.putJson(key, { ...kept, lift: { ...saidOfLift, proved: true } } satisfies KnownHold);
    } catch (cause) {
      await raiseAlarm(transaction, this.parts.device.clock, asBreach('CLI-83', cause), { channel });
    }
  }
}

const UNCOVERED = 'No checkpoint covers it, and nothing is erased until one does.';

interface Cursor {
  readonly next: number;
  readonly done?: boolean;
}

/** In their order, up to the first that no checkpoint covers, or that the log does not hold. */
async function proveHolds(acts: ProvedActs, holds: readonly LegalHold[]): Promise<ProvedHolds> {
  const proved: ProvedHold[] = [];
  try {
    for (const hold of holds) {
      const placed = await acts.find(hold, placedAct(hold));
      const lifted = hold.lift && (await acts.find(hold.lift, liftedAct(hold, hold.lift)));
      if (placed === undefined || (hold.lift !== undefined && lifted === undefined)) break;
      proved.push({ hold, placed, ...(lifted && { lifted }) });
    }
    return { proved };
  } catch (fault) {
    if (fault instanceof LiaisonError && fault.code === 'integrity') return { proved, fault };
    throw fault;
  }
}

/** The place that was proved first counts, and so does a lift that is known. */
function keptHold(said: KnownHold, known: KnownHold | undefined): KnownHold {
  const index = known?.proved === true ? Math.min(known.index, said.index) : said.index;
  return { ...said, index, proved: true, ...(known?.lift && { lift: known.lift }) };
}

function placeOf({ index, lift }: LegalHold): number {
  return Math.max(index, lift?.index ?? 0);
}

/** @throws LiaisonError `integrity` CLI-03: places go up, from where was asked. */
function requireOrder(holds: readonly LegalHold[], from: number): void {
  let last = from - 1;
  for (const place of holds.map(placeOf)) {
    if (place <= last) throw breach('CLI-03', 'Call: listHolds.');
    last = place;
  }
}

function placedAct({ id, channel, device, signature }: LegalHold) {
  return { type: 'hold.placed', subject: { channel }, actor: device, details: { hold: id, signature } } as const;
}

function liftedAct({ id, channel }: LegalHold, { device, signature }: NonNullable<LegalHold['lift']>) {
  return { type: 'hold.lifted', subject: { channel }, actor: device, details: { hold: id, signature } } as const;
}
