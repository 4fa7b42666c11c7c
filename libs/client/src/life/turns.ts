import { members, ownLeafIndex, proposedRemovals } from '#liaison/mls-session';
import { mayAdminister } from '#liaison/policy';
import { type ChannelId, contactPointOf } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import type { OpenChannel } from '../channel-state.js';
import type { Device } from '../device.js';
import { deviceOf } from '../group-policy.js';
import type { Wait } from '../hub.js';

/** Time for the one before to commit, and for the others to hear of it. */
const TURN_MS = 2000;
/** So many have a turn each; the others share turns, twice as many in each as in the one before. */
const ALONE = 8;

/** @returns whether this device is to do what is to be done, once the ones before it had their time. */
export type Turn = (isToBeDone: (channel: OpenChannel) => boolean) => Promise<boolean>;

/**
 * Whose turn it is to commit what any member may. All who are online hear of it at once, and one commit is enough: who is not first lets
 * the ones before go ahead, and goes on only where they do not.
 */
export class Turns {
  #ended = false;

  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly wait: Wait,
  ) {}

  /** @returns whether it is still to be done once this device's turn has come. */
  async come(id: ChannelId, isToBeDone: (channel: OpenChannel) => boolean): Promise<boolean> {
    const turns = await this.#look(id, turnsBefore);
    for (let turn = 0; turn < turns; turn += 1) {
      if (this.#ended || !(await this.#look(id, isToBeDone))) return false;
      await this.wait(TURN_MS);
    }
    return !this.#ended && this.#look(id, isToBeDone);
  }

  end(): void {
    this.#ended = true;
  }

  #look<T>(id: ChannelId, at: (channel: OpenChannel) => T): Promise<T> {
    return this.device.transact(async (transaction) => at(await this.book.open(transaction, id)));
  }
}

/** Administrators come first, then the others, each by the order of the leaves: all members see the same order. */
function turnsBefore({ group, state: { profile } }: OpenChannel): number {
  if (group === undefined) return 0;
  const going = new Set(proposedRemovals(group).map(({ leafIndex }) => leafIndex));
  const staying = members(group).filter(({ leafIndex }) => !going.has(leafIndex));
  const administers = (certificate: Uint8Array) =>
    mayAdminister(profile, contactPointOf(deviceOf(certificate))).allowed;
  const inOrder = [
    ...staying.filter(({ certificate }) => administers(certificate)),
    ...staying.filter(({ certificate }) => !administers(certificate)),
  ];
  return turnOf(inOrder.findIndex(({ leafIndex }) => leafIndex === ownLeafIndex(group)));
}

/** @param rank 0 for the first. */
function turnOf(rank: number): number {
  return rank < ALONE ? Math.max(rank, 0) : ALONE + Math.floor(Math.log2(rank - ALONE + 1));
}
