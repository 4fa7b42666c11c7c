import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hubFingerprint, type NamedHub } from '#liaison/crypto';
import { callHub, freePort, mustCallHub, runHubToItsEnd, spawnHub } from '#liaison/testing';

/** Temporary folders are closed to others; PostgreSQL, which does not run as root, must pass through. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-process-'));
  chmodSync(folder, 0o711);
  return folder;
}

let dataFolder: string;
beforeEach(() => {
  dataFolder = makeFolder();
});
afterEach(() => {
  // A test that failed half-way leaves none behind.
  for (const pid of postmasters()) process.kill(pid, 'SIGQUIT');
  rmSync(dataFolder, { recursive: true, force: true });
});

/** Process ids of the PostgreSQL that serve the hub's cluster. */
function postmasters(): number[] {
  const folder = join(dataFolder, 'postgres');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('postmaster.pid'))
    .map((path) => Number(readFileSync(join(folder, path), 'utf8').split('\n')[0]))
    .filter((pid) => existsSync(`/proc/${pid}`));
}

describe('the hub as a process', () => {
  it('says all that is wrong with its configuration, and exits with 78', async () => {
    const { code, output } = await runHubToItsEnd({ LIAISON_PORT: 'x', LIAISON_LOG_LEVEL: 'y' });
    expect(code).toBe(78);
    expect(output.trim().split('\n')).toEqual([
      'The configuration is not usable:',
      '  - LIAISON_PORT is not usable. It takes a number from 0 to 65535; 0 takes a free one.',
      '  - LIAISON_LOG_LEVEL is not usable. It takes fatal, error, warn, info, debug, trace, silent.',
    ]);
  });

  it('says in plain words that its database is away, and exits with 1', async () => {
    const url = `postgres://liaison_app:planted@127.0.0.1:${await freePort()}/liaison`;
    const { code, output } = await runHubToItsEnd({ LIAISON_DATABASE_URL: url, LIAISON_DATA: dataFolder });
    expect(code).toBe(1);
    expect(output).toContain('The database does not answer');
    expect(output).not.toMatch(/planted|\n\s+at /);
  });

  it('starts on an empty folder, stops in order, and comes up again with the same keys, also after it was killed', async () => {
    const first = await spawnHub({ dataFolder });
    expect(postmasters()).toHaveLength(1);
    const identity = (await mustCallHub(first.url, 'getHub')) as NamedHub;
    expect(first.output()).toContain(hubFingerprint(identity));
    expect(await first.stop()).toBe(0);
    expect(postmasters()).toEqual([]);
    const again = await spawnHub({ dataFolder, port: first.port });
    expect(await mustCallHub(again.url, 'getHub')).toEqual(identity);
    await again.kill9();
    // The PostgreSQL that it left behind.
    expect(postmasters()).toHaveLength(1);
    const last = await spawnHub({ dataFolder, port: first.port });
    expect((await callHub(last.url, 'ready')).status).toBe(200);
    expect(await mustCallHub(last.url, 'getHub')).toEqual(identity);
    expect(await last.stop()).toBe(0);
    expect(postmasters()).toEqual([]);
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, output } = await runHubToItsEnd({ LIAISON_PORT: String(port), LIAISON_DATA: dataFolder });
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is in use`);
  });
});
