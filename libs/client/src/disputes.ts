import { type ChannelId, LiaisonError, timestampOf } from '#liaison/protocol';
import type { Alarm } from './alarm.js';
import { openAlarms, settleAlarm } from './alarms.js';
import type { ChannelBook } from './channel-book.js';
import type { Device } from './device.js';
import { settledState } from './re-entry.js';

/** What an officer settles who has found out what an alarm was about. */
export class Disputes {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
  ) {}

  /** With the last alarm of a channel its dispute is over, unless this device was led back into it. @throws LiaisonError `not-found`. */
  settleAlarm(id: string, reason: string): Promise<Alarm> {
    return this.device.transact(async (transaction) => {
      const alarm = await settleAlarm(transaction, id, this.#settled(reason));
      const { channel } = alarm;
      if (channel === undefined) return alarm;
      const others = (await openAlarms(transaction, channel)).filter((each) => each.id !== id);
      const known = await this.book.find(transaction, channel);
      const isLast = others.length === 0 && known?.state.ledBack === undefined;
      if (isLast && known?.state.standing === 'in-dispute')
        this.book.save(transaction, { ...known, state: { ...known.state, standing: 'good' } });
      return alarm;
    });
  }

  /** With all alarms of the channel. @returns how many. @throws LiaisonError `not-allowed` for one that is halted. */
  settleAll(channel: ChannelId, reason: string): Promise<number> {
    return this.device.transact(async (transaction) => {
      const { state, group } = await this.book.open(transaction, channel);
      if (state.standing === 'halted') throw isHalted();
      const alarms = await openAlarms(transaction, channel);
      for (const { id } of alarms) await settleAlarm(transaction, id, this.#settled(reason));
      this.book.save(transaction, { group, state: settledState(state) });
      return alarms.length;
    });
  }

  /** The alarms stay open. @throws LiaisonError `not-allowed` for a channel that is halted. */
  end(channel: ChannelId): Promise<void> {
    return this.device.transact(async (transaction) => {
      const { state, group } = await this.book.open(transaction, channel);
      if (state.standing === 'halted') throw isHalted();
      this.book.save(transaction, { group, state: settledState(state) });
    });
  }

  #settled(reason: string) {
    return { at: timestampOf(this.device.clock), by: this.device.address, reason };
  }
}

function isHalted(): LiaisonError {
  return new LiaisonError(
    'not-allowed',
    'This device refused a change of this channel: only a new lawful change of it, or a new channel, mends that.',
  );
}
