import { type ChannelId, type CustodyOpening, LiaisonError } from '#liaison/protocol';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { LogKeeper } from '../log/log-keeper.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ClientCustody } from './client-custody.js';
import { collectRecords } from './collect.js';
import { Backfill, type BackfillProgress } from './backfill.js';
import { custodyKeyOf } from './custody-key.js';
import { evidenceOfTrust } from './evidence-of-trust.js';
import { HoldFollowing } from './hold-following.js';
import { Holds, type HoldWish } from './holds.js';
import { KeyDeposits } from './key-deposits.js';
import { Openings, type OpeningWish } from './openings.js';

export interface CustodyParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly trust: TrustKeeper;
  readonly keeper: LogKeeper;
  /** A breach becomes an alarm and is still an error for the caller. */
  readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
}

/** Places that one round looks at for keys that were never deposited. */
const BACKFILL_IN_A_ROUND = 500;

/** The parts of a device's custody put together; see {@link ClientCustody} for the contract. */
export class DeviceCustody implements ClientCustody {
  readonly #deposits: KeyDeposits;
  readonly #openings: Openings;
  readonly #holds: Holds;
  readonly #following: HoldFollowing;
  readonly #backfill: Backfill;

  constructor(private readonly parts: CustodyParts) {
    const { device, hub, trust, keeper } = parts;
    this.#deposits = new KeyDeposits(device, hub, keeper);
    this.#openings = new Openings(device, hub, trust, keeper);
    this.#holds = new Holds(device, hub);
    this.#following = new HoldFollowing(parts);
    this.#backfill = new Backfill(device, trust);
  }

  /** One round: what is to be deposited, and what others opened. */
  async synchronise(): Promise<void> {
    await this.#backfill.run(BACKFILL_IN_A_ROUND);
    await this.#deposits.send();
    await this.#deposits.settle();
    await this.#openings.follow();
  }

  /** Before channels are read, and before erasures are followed. @returns whether all are known that the hub shows. */
  followHolds(): Promise<boolean> {
    return this.#following.follow();
  }

  deposit(): Promise<void> {
    return this.#deposits.send();
  }

  async key() {
    const { device } = this.parts;
    return custodyKeyOf((await this.#trust()).contactPoint(device.contactPoint));
  }

  waiting() {
    return this.#deposits.waiting();
  }

  refused() {
    return this.#deposits.refused();
  }

  async backfill(onProgress?: (progress: BackfillProgress) => void) {
    const { guarded } = this.parts;
    await this.#deposits.retry();
    const progress = await guarded(() => this.#backfill.run(Number.POSITIVE_INFINITY, onProgress));
    await guarded(() => this.#deposits.send());
    return progress;
  }

  deposits(channel?: ChannelId) {
    return this.parts.guarded(() => this.#openings.deposits(channel));
  }

  request(wish: OpeningWish) {
    return this.parts.guarded(() => this.#openings.request(wish));
  }

  approve(opening: CustodyOpening) {
    return this.parts.guarded(() => this.#openings.approve(opening));
  }

  own() {
    return this.parts.guarded(() => this.#openings.own());
  }

  openings(channel?: ChannelId) {
    return this.#openings.known(channel);
  }

  collect(id: string) {
    return this.parts.guarded(async () => {
      const opening = (await this.#openings.own()).find((each) => each.id === id);
      if (opening === undefined) throw new LiaisonError('not-found', 'Your contact point has made no such request.');
      const { signed: roster, roster: newest } = await this.#trust();
      const records = await collectRecords(this.parts.hub, opening);
      return { opening, roster, records, ...(await evidenceOfTrust(this.parts, newest, { opening, records })) };
    });
  }

  placeHold(wish: HoldWish) {
    return this.parts.guarded(() => this.#holds.place(wish));
  }

  liftHold(hold: string, reason: string) {
    return this.parts.guarded(async () => {
      const index = await this.#holds.lift(hold, reason);
      await this.#following.follow();
      return index;
    });
  }

  holds(channel?: ChannelId) {
    return this.#holds.list(channel);
  }

  #trust() {
    const { device, trust } = this.parts;
    return device.transact((transaction) => trust.current(transaction));
  }
}
