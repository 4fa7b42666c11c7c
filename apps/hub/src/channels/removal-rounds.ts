import type { Pool } from 'pg';
import type { ChannelId, ContactPointId, DeviceAddress } from '#liaison/protocol';
import type { ForfeitedMembers } from './forfeited-members.js';
import type { RemovalProposals } from './removal-proposals.js';

/** What was refused meanwhile, or ordered by another hub process, is looked at again. */
const EVERY_MS = 15_000;
/** One hub process proposes at a time: a leaf that was proposed twice in an epoch would undo the whole batch. */
const PROPOSER_LOCK = 4_680_002;

/** When the hub proposes removals: after each new roster or revocation list, and after a commit that left somebody in. */
export class RemovalRounds {
  private readonly duePoints = new Set<ContactPointId>();
  private readonly dueChannels = new Set<ChannelId>();
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly forfeited: ForfeitedMembers,
    private readonly proposals: RemovalProposals,
    private readonly onFault: (fault: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      this.look(this.forfeited.contactPoints());
    }, EVERY_MS);
    this.timer.unref();
  }

  /** Devices of these contact points may have forfeited what they were members of. */
  look(contactPoints: readonly ContactPointId[]): void {
    for (const contactPoint of contactPoints) this.duePoints.add(contactPoint);
    if (contactPoints.length > 0) this.start();
  }

  /** A commit ends the epoch, and with it every proposal that it did not take along. */
  lookAt(channel: ChannelId, members: { has(device: DeviceAddress): boolean }): void {
    if (!this.forfeited.isAmong(members)) return;
    this.dueChannels.add(channel);
    this.start();
  }

  async stop(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.running;
  }

  private start(): void {
    if (this.closed) return;
    this.running ??= this.run()
      .catch(this.onFault)
      .finally(() => {
        this.running = undefined;
        if (this.duePoints.size + this.dueChannels.size > 0) this.start();
      });
  }

  private async run(): Promise<void> {
    const points = [...this.duePoints];
    this.duePoints.clear();
    for (const point of points) await this.forfeited.judge(point);
    const channels = new Set([...(await this.forfeited.channels(points)), ...this.dueChannels]);
    this.dueChannels.clear();
    if (channels.size > 0) await this.propose(channels);
  }

  private async propose(channels: Iterable<ChannelId>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [PROPOSER_LOCK]);
      for (const channel of channels) if (!this.closed) await this.proposals.make(channel);
      await client.query('SELECT pg_advisory_unlock($1)', [PROPOSER_LOCK]);
      client.release();
    } catch (error) {
      // With the connection goes its lock.
      client.release(true);
      throw error;
    }
  }
}
