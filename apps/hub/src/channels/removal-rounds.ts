import type { Pool } from 'pg';
import type { ChannelId, ContactPointId, DeviceAddress } from '#liaison/protocol';
import type { ForfeitedMembers } from './forfeited-members.js';
import type { Leavings } from './leavings.js';
import { asOnlyProposer } from './only-proposer.js';
import type { RemovalProposals } from './removal-proposals.js';

/** What was refused meanwhile, or ordered by another hub process, is looked at again. */
const EVERY_MS = 15_000;
/** Where nothing came of it, the next looks are further apart: a channel in which nobody is online is not asked about for ever. */
const MOST_TICKS_APART = 40;

/** Who is to be put out, and who has left. */
interface Going {
  readonly forfeited: Pick<ForfeitedMembers, 'judge' | 'contactPoints' | 'isAmong' | 'channels'>;
  readonly leavings: Pick<Leavings, 'dueChannels'>;
}

/** When the hub proposes removals: after each new roster or revocation list, and after a commit that left somebody in. */
export class RemovalRounds {
  private duePoints = new Set<ContactPointId>();
  private dueChannels = new Set<ChannelId>();
  private leavingsAreDue = false;
  private readonly stopTicking: () => void;
  private running: Promise<void> | undefined;
  private closed = false;
  private ticksApart = 1;
  private ticks = 0;

  constructor(
    private readonly pool: Pick<Pool, 'connect'>,
    private readonly going: Going,
    private readonly proposals: Pick<RemovalProposals, 'make'>,
    private readonly onFault: (fault: unknown) => void,
    repeat: (milliseconds: number, task: () => void) => () => void = everyInterval,
  ) {
    this.stopTicking = repeat(EVERY_MS, () => {
      this.tick();
    });
  }

  /** Devices of these contact points may have forfeited what they were members of. */
  look(contactPoints: readonly ContactPointId[]): void {
    for (const contactPoint of contactPoints) this.duePoints.add(contactPoint);
    if (contactPoints.length > 0) this.start();
  }

  /** A commit ends the epoch, and with it every proposal that it did not take along. */
  lookAt(channel: ChannelId, members: { has(device: DeviceAddress): boolean }): void {
    if (this.going.forfeited.isAmong(members)) this.lookAgainAt([channel]);
  }

  /** Somebody who left is in these still. */
  lookAgainAt(channels: readonly ChannelId[]): void {
    for (const channel of channels) this.dueChannels.add(channel);
    if (channels.length > 0) this.start();
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.stopTicking();
    await this.running;
  }

  /** What a fault has kept from being looked at is due still. */
  private tick(): void {
    this.leavingsAreDue = true;
    this.start();
    this.ticks += 1;
    if (this.ticks < this.ticksApart) return;
    this.ticks = 0;
    const points = this.going.forfeited.contactPoints();
    this.ticksApart = points.length === 0 ? 1 : Math.min(2 * this.ticksApart, MOST_TICKS_APART);
    this.look(points);
  }

  private start(): void {
    if (this.closed) return;
    this.running ??= this.run()
      .then(
        () => true,
        (fault: unknown) => {
          this.onFault(fault);
          return false;
        },
      )
      .then((isDone) => {
        this.running = undefined;
        if (isDone && this.duePoints.size + this.dueChannels.size > 0) this.start();
      });
  }

  private async run(): Promise<void> {
    const [points, channels, leavings] = [this.duePoints, this.dueChannels, this.leavingsAreDue];
    this.leavingsAreDue = false;
    this.duePoints = new Set();
    this.dueChannels = new Set();
    try {
      for (const point of points) await this.going.forfeited.judge(point);
      const left = leavings ? await this.going.leavings.dueChannels() : [];
      const all = new Set([...(await this.going.forfeited.channels([...points])), ...channels, ...left]);
      if (all.size > 0) await this.propose(all);
    } catch (fault) {
      for (const point of points) this.duePoints.add(point);
      for (const channel of channels) this.dueChannels.add(channel);
      throw fault;
    }
  }

  private propose(channels: Iterable<ChannelId>): Promise<void> {
    return asOnlyProposer(this.pool, async () => {
      for (const channel of channels) {
        if (!this.closed && (await this.proposals.make(channel)) > 0) this.ticksApart = 1;
      }
    });
  }
}

function everyInterval(milliseconds: number, task: () => void): () => void {
  const timer = setInterval(task, milliseconds).unref();
  return () => {
    clearInterval(timer);
  };
}
