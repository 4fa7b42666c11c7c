import type { ChannelId, CustodyOpening, DepositListing } from '#liaison/protocol';
import type { BackfillProgress } from './backfill.js';
import type { CollectedOpening } from './collect.js';
import type { CustodyKey } from './custody-key.js';
import type { HoldWish } from './holds.js';
import type { RefusedDeposit } from './key-deposits.js';
import type { KnownHold } from './known-hold.js';
import type { OpeningWish } from './openings.js';

/** Custody of the own contact point, and legal holds: docs/spec/custody.md. Asking and holding are for administrators; the hub refuses others. */
export interface ClientCustody {
  /** The own contact point's, where the roster names one. @throws LiaisonError `integrity` CLI-80. */
  key(): Promise<CustodyKey | undefined>;
  /** Sealed keys that the hub does not have yet, or that the log is not proved to hold. */
  waiting(): Promise<number>;
  /** What the hub would not take: kept here. */
  refused(): Promise<RefusedDeposit[]>;
  /** Queues the keys of what was read before the custody key was founded, and what was refused, to the end; each round does a part of it by itself. */
  backfill(onProgress?: (progress: BackfillProgress) => void): Promise<BackfillProgress>;
  /** What the contact point has deposited, as the hub lists it. */
  deposits(channel?: ChannelId): Promise<DepositListing[]>;
  /** Logged, and shown to the members. @throws LiaisonError `not-found` (CUS-05), `not-allowed`. */
  request(wish: OpeningWish): Promise<CustodyOpening>;
  /**
   * By a second administrator, to the request as it was shown. @returns the place in the log.
   * @throws LiaisonError `not-found`, `not-allowed` (CUS-08), `integrity` CLI-81.
   */
  approve(opening: CustodyOpening): Promise<number>;
  /** Requests of the own contact point, newest first, also those that wait: the hub's word. */
  own(): Promise<CustodyOpening[]>;
  /** Openings of records that this device could read, by any contact point: verified. */
  openings(channel?: ChannelId): Promise<CustodyOpening[]>;
  /** Everything that the custodians need, but for proofs. @throws LiaisonError `not-found`. */
  collect(opening: string): Promise<CollectedOpening>;
  /** Logged, and shown to the members. @throws LiaisonError `malformed`, `not-allowed` (HLD-02). */
  placeHold(wish: HoldWish): Promise<KnownHold>;
  /** @returns the place in the log. @throws LiaisonError `not-allowed` (HLD-02). */
  liftHold(hold: string, reason: string): Promise<number>;
  /** Holds in the channels of this device, in force and lifted: verified. */
  holds(channel?: ChannelId): Promise<KnownHold[]>;
}
