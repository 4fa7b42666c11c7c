import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which the system takes ports for outgoing connections: while a hub is down nobody else is given its port. */
const FIRST = 12_000;
/** So many for each process, by its id: processes that test beside each other hardly ever try the same. */
const OF_A_PROCESS = 200;
const PROCESSES = 100;

let tried = 0;

/** A TCP port of 127.0.0.1 that nobody listens on; another one at each call. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (process.pid % PROCESSES) * OF_A_PROCESS + (tried % OF_A_PROCESS);
    tried += 1;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
