import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type ChannelId, DeviceAddress } from '#liaison/protocol';
import { Cursors } from '../src/channels/cursors.js';
import { LogAppender } from '../src/log/log-appender.js';
import { freshId } from './fabricated-records.js';

const MOST_WAITING = 50_000;
const device = DeviceAddress.parse('bg:petrova:desk-1');
const channel = freshId() as ChannelId;

/** A database that is not there. */
const absent = () => new pg.Pool({ host: '127.0.0.1', port: 1 });

function cursorsWithout(): Cursors {
  const pool = absent();
  return new Cursors(pool, systemClock, new LogAppender(pool, systemRandom));
}

describe('cursors without a database', () => {
  it('CUR-02 take so many at a time and no more, answer each REC-18, and take more once there is room', async () => {
    const cursors = cursorsWithout();
    const moves = Array.from({ length: MOST_WAITING }, () => cursors.move(device, channel, 1));
    const answers = Promise.allSettled(moves);
    await expect(cursors.move(device, channel, 1)).rejects.toMatchObject({
      code: 'try-again',
      details: { check: 'CUR-02', retryAfterMs: expect.any(Number) },
    });
    const refusals = (await answers).map((answer) => answer.status === 'rejected' && (answer.reason as unknown));
    expect(refusals).toHaveLength(MOST_WAITING);
    expect(refusals.at(-1)).toMatchObject({ code: 'unavailable', details: { check: 'REC-18' } });
    await expect(cursors.move(device, channel, 1)).rejects.toMatchObject({ details: { check: 'REC-18' } });
  });

  it('are taken no more once the hub stops', async () => {
    const cursors = cursorsWithout();
    await cursors.drain();
    await expect(cursors.move(device, channel, 1)).rejects.toMatchObject({ details: { check: 'REC-17' } });
  });
});
