import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * Offers the tests of this run one PostgreSQL, started when the first of them asks: a run that needs none pays nothing.
 * The tests ask over loopback with a secret in the path; jest's workers inherit the address through the environment.
 */
export default async function setup() {
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
  globalThis.liaisonTestPostgres = {
    stop: async () => {
      server.close();
      await (await starting?.catch(() => undefined))?.stop();
    },
  };
}

async function startCluster() {
  const built = new URL('../../../dist/libs/testing/src/postgres-cluster.js', import.meta.url);
  const { startCluster: start } = await import(built.href);
  return start();
}
