import { type LiaisonError, type SeenPosition, toBase64url } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { breach } from './breach.js';
import { ChainView } from './chain-view.js';
import type { ChannelState, OpenChannel } from './channel-state.js';
import type { Device } from './device.js';
import type { Transaction } from './transaction.js';
import type { Trust } from './trust.js';

/** What one batch of events did. */
export interface Reading {
  records: number;
  failures: number;
  alarms: number;
}

/** One batch of events of one channel, in one transaction. The parts of the reader work on it in turn. */
export class ChannelReading {
  readonly report: Reading = { records: 0, failures: 0, alarms: 0 };
  readonly chain: ChainView;
  /** When the hub ordered the event that is being read, as far as it is believed: milliseconds since 1970. */
  orderedAt = 0;

  constructor(
    readonly device: Device,
    readonly trust: Trust,
    readonly transaction: Transaction,
    readonly channel: OpenChannel,
    /** Whether the hub was asked for roster and lists because of what is read here. */
    readonly trustIsFresh = false,
  ) {
    this.chain = new ChainView(transaction, channel.state.id);
  }

  get at(): number {
    return this.device.clock.now();
  }

  update(change: Partial<ChannelState>): void {
    this.channel.state = { ...this.channel.state, ...change };
  }

  /** Stores the alarm; the channel is in dispute from now on, until an officer settles it. */
  async alarm(error: LiaisonError, seq: number): Promise<void> {
    const raised = await raiseAlarm(this.transaction, this.device.clock, error, {
      channel: this.channel.state.id,
      seq,
    });
    if (raised) this.report.alarms += 1;
    if (this.channel.state.standing === 'good') this.update({ standing: 'in-dispute' });
  }

  /** Holds a member's claim about the history against what this device computed. */
  async compareSeen(seen: SeenPosition, seq: number, own: boolean): Promise<void> {
    if (seen.seq >= seq) {
      await this.alarm(breach('CLI-09'), seq);
      return;
    }
    const mine = await this.chain.at(seen.seq);
    if (mine === undefined) return;
    if (toBase64url(mine) !== seen.chain) {
      if (!this.channel.state.membersApart)
        await this.alarm(breach('CLI-08', `Compare places up to ${seen.seq}.`), seq);
      this.update({ membersApart: true });
    } else if (!own && !this.channel.state.historyConfirmed) this.update({ historyConfirmed: true });
  }
}
