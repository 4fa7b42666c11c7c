import { beforeEach, describe, expect, it } from '@jest/globals';
import { Lookout } from '../src/lookout.js';

const MINUTE = 60_000;

describe('a connected device that looks in vain', () => {
  let now: number;
  let alarms: number;
  let lookout: Lookout;
  beforeEach(() => {
    [now, alarms] = [0, 0];
    const note = () => Promise.resolve(void (alarms += 1));
    lookout = new Lookout({ now: () => now }, { note }, () => Promise.resolve(false));
    lookout.begin();
  });

  /** @param around what the connection does before and after the tick. */
  function ticks(count: number, around: (tick: () => void) => void): void {
    for (let each = 0; each < count; each += 1) {
      now += 5 * MINUTE;
      around(() => {
        lookout.tick();
      });
    }
  }

  it('says so after a quarter of an hour and three looks (CLI-78)', () => {
    lookout.connected(true);
    ticks(2, (tick) => {
      tick();
    });
    expect(alarms).toBe(0);
    ticks(1, (tick) => {
      tick();
    });
    expect(alarms).toBe(1);
  });

  it('says so where the hub ends the connection for the moment at which it looks', () => {
    lookout.connected(true);
    ticks(3, (tick) => {
      lookout.connected(false);
      tick();
      lookout.connected(true);
    });
    expect(alarms).toBe(1);
  });

  it('says nothing of a hub that was away, or has answered a whole round', () => {
    ticks(5, (tick) => {
      tick();
    });
    lookout.connected(true);
    ticks(6, (tick) => {
      lookout.answered(now);
      tick();
    });
    expect(alarms).toBe(0);
  });
});
