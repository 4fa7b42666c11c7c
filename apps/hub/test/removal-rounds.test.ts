import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ContactPointId } from '#liaison/protocol';
import { RemovalRounds } from '../src/channels/removal-rounds.js';

const BG = ContactPointId.parse('bg');

/** A database that is away as often as it is told, and a contact point of which somebody is to be put out. */
class Standing {
  readonly judged: string[] = [];
  faults = 0;
  forfeited: ContactPointId[] = [];

  judge(point: ContactPointId): Promise<void> {
    this.judged.push(point);
    if (this.faults === 0) return Promise.resolve();
    this.faults -= 1;
    return Promise.reject(new Error('The database is away.'));
  }

  contactPoints(): readonly ContactPointId[] {
    return this.forfeited;
  }

  isAmong(): boolean {
    return false;
  }

  channels(): Promise<[]> {
    return Promise.resolve([]);
  }
}

describe('removals are looked for', () => {
  let standing: Standing;
  let rounds: RemovalRounds;
  const faults: unknown[] = [];
  let tick: () => void;
  let asked: number;
  const dueChannels = () => {
    asked += 1;
    return Promise.resolve([]);
  };

  /** So many ticks, each with time for what it begins. */
  async function ticks(count: number): Promise<void> {
    for (let each = 0; each < count; each += 1) {
      tick();
      await settled();
    }
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    standing = new Standing();
    asked = 0;
    const leavings = { dueChannels };
    const proposals = { make: () => Promise.resolve(0) };
    const onFault = (fault: unknown) => faults.push(fault);
    rounds = new RemovalRounds(
      new pg.Pool(),
      { forfeited: standing, leavings },
      proposals,
      onFault,
      (_milliseconds, task) => {
        tick = task;
        return () => undefined;
      },
    );
  });
  afterEach(() => rounds.stop());

  it('again after a fault of the database, with the next tick and not at once', async () => {
    standing.faults = 2;
    rounds.look([BG]);
    await settled();
    expect(standing.judged).toHaveLength(1);
    await ticks(2);
    expect(standing.judged).toEqual([BG, BG, BG]);
    expect(faults).toHaveLength(2);
    await ticks(10);
    expect(standing.judged).toHaveLength(3);
  });

  it('with each tick where somebody has left', async () => {
    await ticks(3);
    expect(asked).toBe(3);
  });

  it('ever more rarely where nothing comes of it', async () => {
    standing.forfeited = [BG];
    await ticks(240);
    expect(standing.judged.length).toBeGreaterThan(6);
    expect(standing.judged.length).toBeLessThan(15);
  });
});
