import { describe, expect, it } from '@jest/globals';
import { ChannelLedger } from '../generator/channel-ledger.js';

/** Two messages, three members, positions from 5: member 0 sends the first, member 1 the second. */
function rightRound(): ChannelLedger {
  const ledger = new ChannelLedger(2, 3, 5);
  ledger.sentAt.set([100, 101]);
  ledger.deliver(1, 5, 103);
  ledger.acknowledge(0, 5, 104);
  ledger.deliver(2, 5, 105);
  ledger.acknowledge(1, 6, 106);
  ledger.deliver(0, 6, 107);
  return ledger;
}

describe('the ledger of a channel', () => {
  it('finds no fault where every delivery arrives once and in order', () => {
    const ledger = rightRound();
    expect(ledger.deliver(2, 6, 110)).toBe(true);
    expect(ledger.close()).toEqual([]);
    expect(ledger.complete).toBe(2);
    expect([...ledger.acknowledgementDelays()]).toEqual([4, 5]);
    expect([...ledger.deliveryDelays()]).toEqual([5, 9]);
  });

  it('names a delivery that is missing', () => {
    expect(rightRound().close()).toEqual(['position 6 reached 1 of 2 members']);
  });

  it('names a delivery that comes twice', () => {
    const ledger = rightRound();
    ledger.deliver(2, 6, 110);
    ledger.deliver(2, 6, 111);
    expect(ledger.close()).toEqual(['member 2 got 6 twice or after a later one', 'position 6 reached 3 of 2 members']);
  });

  it('names deliveries in the wrong order', () => {
    const ledger = new ChannelLedger(2, 2, 1);
    ledger.acknowledge(0, 1, 1);
    ledger.acknowledge(1, 2, 1);
    ledger.deliver(1, 2, 2);
    ledger.deliver(1, 1, 3);
    expect(ledger.close()).toEqual(['member 1 got 1 twice or after a later one']);
  });

  it('names a delivery to its own sender in the place of another member', () => {
    const ledger = new ChannelLedger(1, 3, 1);
    ledger.acknowledge(0, 1, 1);
    for (const member of [0, 1, 2]) ledger.deliver(member, 1, 2);
    expect(ledger.close()).toEqual(['position 1 reached 3 of 2 members']);
  });

  it('names refusals, positions given twice and positions out of range', () => {
    const ledger = new ChannelLedger(3, 1, 1);
    ledger.acknowledge(0, 1, 1);
    ledger.acknowledge(1, 1, 1);
    ledger.acknowledge(1, 9, 1);
    ledger.acknowledge(2, -1, 1, '{"error":{"code":"try-again"}}');
    expect(ledger.faults).toEqual([
      'position 1 was given to two messages',
      'message 1 got the position 9',
      'message 2 was refused: {"error":{"code":"try-again"}}',
    ]);
  });
});
