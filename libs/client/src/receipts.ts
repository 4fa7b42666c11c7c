import { type Receipt, toBase64url } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { breach } from './breach.js';
import { ChainView } from './chain-view.js';
import type { ChannelState, ExpectedRecord, OpenChannel } from './channel-state.js';
import type { Device } from './device.js';
import { KEYS } from './keys.js';
import { sendAgain } from './outbox-item.js';
import type { Transaction } from './transaction.js';

/** Holds a receipt against what was read at its place, or remembers it until that place is read. */
export async function promiseKept(transaction: Transaction, channel: OpenChannel, receipt: Receipt): Promise<boolean> {
  const { state } = channel;
  if (receipt.seq > state.seq) {
    const { id, headerHash, chain } = receipt;
    channel.state = { ...state, expected: { ...state.expected, [String(receipt.seq)]: { id, headerHash, chain } } };
    return true;
  }
  return (
    (await chainAt(transaction, state, receipt.seq)) === receipt.chain &&
    (await headerHashAt(transaction, state, receipt.seq)) === receipt.headerHash
  );
}

/**
 * Takes back receipts of places that the hub, asked later, says do not exist: their records were never stored, and are sent again.
 * @param promised what was expected before the hub was asked.
 * @param lastSeq the channel's last place, by the hub's answer.
 * @returns the number of new alarms.
 */
export async function breakPromises(
  { device, transaction, channel }: { device: Device; transaction: Transaction; channel: OpenChannel },
  promised: ChannelState['expected'],
  lastSeq: number,
): Promise<number> {
  const broken = Object.entries(promised).filter(([seq]) => Number(seq) > lastSeq);
  let alarms = 0;
  for (const [seq, { id }] of broken) {
    const error = breach('CLI-43', `It confirmed place ${seq} and now says that the channel ends at ${lastSeq}.`);
    const where = { channel: channel.state.id, seq: Number(seq) };
    if (await raiseAlarm(transaction, device.clock, error, where)) alarms += 1;
    await sendAgain(transaction, id);
  }
  if (broken.length > 0) forget(channel, new Set(broken.map(([seq]) => seq)));
  return alarms;
}

function forget(channel: OpenChannel, places: ReadonlySet<string>): void {
  const { state } = channel;
  const kept = Object.entries<ExpectedRecord>(state.expected).filter(([seq]) => !places.has(seq));
  const standing = state.standing === 'good' ? 'in-dispute' : state.standing;
  channel.state = { ...state, standing, expected: Object.fromEntries(kept) };
}

async function chainAt(transaction: Transaction, state: ChannelState, seq: number): Promise<string | undefined> {
  const chain = await new ChainView(transaction, state.id).at(seq);
  return chain === undefined ? undefined : toBase64url(chain);
}

async function headerHashAt(transaction: Transaction, state: ChannelState, seq: number): Promise<string | undefined> {
  return (await transaction.getJson<{ record?: { headerHash: string } }>(KEYS.record(state.id, seq)))?.record
    ?.headerHash;
}
