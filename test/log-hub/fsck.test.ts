import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { cryptoReady, generateSigningKey } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { fromBase64url } from '#liaison/protocol';
import { mustCallHub, spawnHub } from '#liaison/testing';
import { encodeWitnessPolicy, logOrigin, thresholdPolicy, verifierKey } from '#liaison/tlog';
import { liaison } from '../../apps/cli/test/capture.js';
import { type DemoCommunity, foundedDemo } from '../../apps/cli/test/demo-community.js';

let folder: string;
beforeAll(async () => {
  await cryptoReady();
  folder = await mkdtemp(join(tmpdir(), 'liaison-fsck-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fsck = (...argv: string[]) => liaison(['log', 'fsck', ...argv], { hubProgram: HUB });
const HUB = join(import.meta.dirname, '../../dist/apps/hub/src/main.js');

describe('liaison log fsck', () => {
  it('says plainly where there is no database', async () => {
    const { exitCode, remarks } = await fsck('--data', join(folder, 'nothing'));
    expect(remarks).toContain('There is no database in');
    expect(exitCode).toBe(5);
  });

  describe('on a database that a hub is at work on', () => {
    let community: DemoCommunity;
    let url: string;
    beforeAll(async () => {
      community = await foundedDemo();
      url = join(folder, 'database-url');
      await writeFile(url, `${community.hub.database.appUrl}\n`);
    }, 240_000);
    afterAll(() => community.end());

    it('holds, by a file with the connection string', async () => {
      const { exitCode, text, remarks } = await fsck('--database', url);
      expect([exitCode, remarks]).toEqual([0, '']);
      expect(text).toMatch(/^\d+ entries, \d+ checkpoints under the keys of the roster in this database, \d+ events/m);
      expect(text).toMatch(/^This log holds\.$/m);
    });

    it('does not hold under other keys than those that signed it', async () => {
      const policy = join(folder, 'other.txt');
      const key = verifierKey('log', 'other.example/v1/log', generateSigningKey(systemRandom).publicKey);
      await writeFile(policy, encodeWitnessPolicy(thresholdPolicy([key], [], 0)));
      const { exitCode, text } = await fsck('--database', community.hub.database.appUrl, '--policy', policy);
      expect(text).toMatch(/^FAILS {2}The checkpoint of \d+ entries/m);
      expect(exitCode).toBe(7);
    });

    it('does not hold where somebody changed the database', async () => {
      const admin = new pg.Client({ connectionString: community.hub.database.adminUrl });
      await admin.connect();
      await admin.query('ALTER TABLE log_entries DISABLE TRIGGER ALL');
      await admin.query(`UPDATE log_entries SET entry = replace(entry, '"v":1', '"v": 1') WHERE index = 30`);
      await admin.end();
      const { exitCode, json } = await fsck('--database', url, '--json');
      expect(json()).toMatchObject({ holds: false, keys: 'roster' });
      expect(json()['faults']).toContain('Entry 30 is not what was hashed.');
      expect(exitCode).toBe(7);
    });
  });

  it('checks an embedded database while its hub runs, and when it has stopped', async () => {
    const dataFolder = join(folder, 'embedded');
    const policy = join(folder, 'policy.txt');
    const hub = await spawnHub({ dataFolder });
    try {
      const { origin, logKey } = (await mustCallHub(hub.url, 'getHub')) as { origin: string; logKey: string };
      const key = verifierKey('log', logOrigin(origin), fromBase64url(logKey));
      await writeFile(policy, encodeWitnessPolicy(thresholdPolicy([key], [], 0)));
      const running = await fsck('--data', dataFolder, '--policy', policy);
      expect([running.exitCode, running.text]).toEqual([0, expect.stringContaining('This log holds.')]);
      expect((await fsck('--data', dataFolder)).remarks).toContain('Give --policy');
      expect((await fetch(`${hub.url}/ready`)).ok).toBe(true);
    } finally {
      await hub.stop();
    }
    const stopped = await fsck('--data', dataFolder, '--policy', policy);
    expect(`${stopped.exitCode} ${stopped.remarks}`).toMatch(/^0 /);
    expect(stopped.text).toContain('This log holds.');
    await (await spawnHub({ dataFolder, port: hub.port })).stop();
  });
});
