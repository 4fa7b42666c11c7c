import { join } from 'node:path';
import { freePort, startHub } from './hub/hub-server.js';
import type { Section } from './measures.js';

/** From the command to the hub's first ready answer, with the PostgreSQL that it brings along. */
export async function startSection(folder: string, log: (line: string) => void): Promise<Section> {
  const dataFolder = join(folder, 'start');
  const port = await freePort();
  const times: number[] = [];
  for (const kind of ['first', 'second']) {
    log(`${kind} start of a hub with its own PostgreSQL`);
    const { server, startMilliseconds } = await startHub({ dataFolder, port });
    await server.stop();
    times.push(startMilliseconds / 1000);
  }
  const [first = Number.NaN, second = Number.NaN] = times;
  return {
    title: 'Start of the hub with its embedded PostgreSQL',
    measures: [
      { id: 'start.first', name: 'first start (makes the database)', unit: 's', value: first },
      { id: 'start.second', name: 'later start', unit: 's', value: second },
    ],
  };
}
