import { afterEach, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { hubReach } from '../src/config/hub-reach.js';
import { foundDemo } from '../src/founding/found-demo.js';
import { type DemoCommunity, emptyHub, foundedDemo } from './demo-community.js';

let community: DemoCommunity;
afterEach(() => community.end());

const channelsOf = async (contactPoint: string) => {
  const { json } = await community.run(['--as', contactPoint, 'channels', '--json']);
  return json()['channels'] as Record<string, unknown>[];
};

describe('liaison demo found', () => {
  it('founds ten contact points and seven channels on an empty folder and an empty hub', async () => {
    community = await emptyHub();
    const transcript = await community.run(['demo', 'found', '--json']);
    expect(transcript.remarks).toContain('signed by 2 of 2');
    expect(transcript.exitCode).toBe(0);
    expect(transcript.json()).toMatchObject({ already: false, contactPoints: { length: 10 }, channels: { length: 7 } });
    const names = await readdir(join(community.dataFolder, 'demo'));
    expect(names.sort()).toEqual([
      'az',
      'ba',
      'bd',
      'bg',
      'ceremony',
      'connector-bg',
      'connector-hu',
      'connector-iq',
      'fr',
      'hu',
      'iq',
      'it',
      'mk',
      'passphrase',
      'pk',
    ]);
    await expectSealed();

    const again = await community.run(['demo', 'found']);
    expect(again).toMatchObject({ exitCode: 0, remarks: '' });
    expect(again.text).toContain('The demo community is there');
  });

  it('goes on where it was cut short, wherever that was', async () => {
    community = await emptyHub();
    const where = { folder: join(community.dataFolder, 'demo'), hubUrl: community.hub.url };
    const ports = { clock: systemClock, random: systemRandom, reach: hubReach({ hubAuthorities: undefined }) };
    const done = new Set<string>();
    while (await isCutAfter(6, done, (say) => foundDemo(ports, where, say))) expect(done.size).toBeLessThan(50);
    const transcript = await community.run(['demo', 'found', '--json']);
    expect(transcript.json()).toMatchObject({ already: true, channels: { length: 7 } });
    expect((await channelsOf('bg')).map(({ title }) => title).sort()).toEqual([
      'Balkan route: smuggling of migrants',
      'Bulgaria - Hungary',
      'JIT Balkan Axle',
      'North Macedonia - Bulgaria',
      'The whole community',
    ]);
    expect(await channelsOf('pk')).toHaveLength(2);
  });

  it('refuses a hub that serves another community', async () => {
    community = await foundedDemo();
    await rm(join(community.dataFolder, 'demo'), { recursive: true });
    const { exitCode, remarks } = await community.run(['demo', 'found']);
    expect(exitCode).toBe(4);
    expect(remarks).toContain('serves a community already');
  });
});

class Cut extends Error {}

/**
 * Ends the founding, as a crash between two steps would, once it has taken so many further steps. What was done before is
 * not done again: only signing in is.
 * @returns false where it came to its end.
 */
async function isCutAfter(
  steps: number,
  done: Set<string>,
  found: (say: (text: string) => void) => Promise<unknown>,
): Promise<boolean> {
  const enough = done.size + steps;
  community.refill();
  try {
    await found((text) => {
      expect(done.has(text) && !/signed in|Everybody has joined/.test(text)).toBe(false);
      done.add(text);
      if (done.size >= enough) throw new Cut();
    });
    return false;
  } catch (error) {
    if (error instanceof Cut) return true;
    throw error;
  }
}

async function expectSealed(): Promise<void> {
  const ceremony = join(community.dataFolder, 'demo/ceremony');
  for (const name of ['co-chair-iq.json', 'co-chair-bg.json', 'authority-hu.json', '../hu/profile.json']) {
    const path = join(ceremony, name);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ type: 'liaison-passphrase-sealed' });
    expect((await stat(path)).mode & 0o077).toBe(0);
  }
  expect((await stat(join(community.dataFolder, 'demo/passphrase'))).mode & 0o077).toBe(0);
}
