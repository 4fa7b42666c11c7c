import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * Offers the tests of this run one PostgreSQL, started when the first of them asks: a run that needs none pays nothing.
 * The tests ask over loopback with a secret in the path; jest's workers inherit the address through the environment.
 */
export default async function setup() {
  const folder = folderInMemory();
  if (folder !== undefined) process.env.TMPDIR = folder;
  const path = `/${randomBytes(16).toString('hex')}`;
  let starting;
  const server = createServer((request, response) => {
    if (request.url !== path) return response.writeHead(404).end();
    starting ??= startCluster();
    starting.then(
      (cluster) => response.setHeader('content-type', 'application/json').end(JSON.stringify(cluster.urls)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  process.env.LIAISON_TEST_POSTGRES = `http://127.0.0.1:${server.address().port}${path}`;
  globalThis.liaisonTestRun = {
    folder,
    stop: async () => {
      server.close();
      await (await starting?.catch(() => undefined))?.stop();
    },
  };
}

/**
 * Databases and devices of a run live in memory where the machine has room for it: a killed process loses nothing there either, and
 * no test cuts the power.
 */
function folderInMemory() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < 8 * 2 ** 30) return undefined;
    const folder = mkdtempSync(`${memory}/liaison-test-`);
    // As /tmp: where tests run as root, PostgreSQL and others run as somebody else.
    chmodSync(folder, 0o1777);
    return folder;
  } catch {
    return undefined;
  }
}

async function startCluster() {
  const built = new URL('../../../dist/libs/testing/src/postgres-cluster.js', import.meta.url);
  const { startCluster: start } = await import(built.href);
  return start();
}
