import { type ChannelId, type CustodyOpening, LiaisonError } from '#liaison/protocol';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ClientCustody } from './client-custody.js';
import { collectRecords } from './collect.js';
import { custodyKeyOf } from './custody-key.js';
import { Holds, type HoldWish } from './holds.js';
import { KeyDeposits } from './key-deposits.js';
import { Openings, type OpeningWish } from './openings.js';

export interface CustodyParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly trust: TrustKeeper;
  /** A breach becomes an alarm and is still an error for the caller. */
  readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
}

/** The parts of a device's custody put together; see {@link ClientCustody} for the contract. */
export class DeviceCustody implements ClientCustody {
  readonly #deposits: KeyDeposits;
  readonly #openings: Openings;
  readonly #holds: Holds;

  constructor(private readonly parts: CustodyParts) {
    const { device, hub, trust } = parts;
    this.#deposits = new KeyDeposits(device, hub);
    this.#openings = new Openings(device, hub, trust);
    this.#holds = new Holds(device, hub, trust);
  }

  /** One round: what is to be deposited, and what others opened and hold. Before erasures are followed. */
  async synchronise(): Promise<void> {
    await this.#deposits.send();
    await this.#holds.follow();
    await this.#openings.follow();
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
      const { signed: roster } = await this.#trust();
      return { opening, roster, records: await collectRecords(this.parts.hub, opening) };
    });
  }

  placeHold(wish: HoldWish) {
    return this.parts.guarded(() => this.#holds.place(wish));
  }

  liftHold(hold: string, reason: string) {
    return this.parts.guarded(() => this.#holds.lift(hold, reason));
  }

  holds(channel?: ChannelId) {
    return this.#holds.list(channel);
  }

  #trust() {
    const { device, trust } = this.parts;
    return device.transact((transaction) => trust.current(transaction));
  }
}
