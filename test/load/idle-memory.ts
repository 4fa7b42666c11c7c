import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadTarget } from './generator/load.js';
import type { Section } from './measures.js';
import type { Arena, Contender } from './compare-shape.js';

/** What one more connected, silent device costs a server, in memory. @param sockets more connections than the load community has devices: some connect several times. */
export async function idleSection(
  targets: { readonly hub: LoadTarget; readonly ceiling: LoadTarget },
  sockets: number,
  arena: Arena,
): Promise<Section> {
  const ceiling = await bytesPerConnection(arena.ceiling, targets.ceiling, sockets, arena);
  const hub = await bytesPerConnection(arena.hub, targets.hub, sockets, arena);
  return {
    title: `Idle connection (${sockets} more than before)`,
    measures: [
      {
        id: 'idle.memory',
        name: 'heap and buffers',
        unit: 'kB',
        value: hub / 1000,
        ceiling: ceiling / 1000,
        ratio: hub / ceiling,
      },
    ],
  };
}

async function bytesPerConnection(
  { name, server }: Contender,
  target: LoadTarget,
  sockets: number,
  { generator, log }: Arena,
): Promise<number> {
  log(`${sockets} idle connections to ${name}`);
  const crowd = `${name}, idle`;
  const connections = Array.from(
    { length: sockets },
    (_, index) => target.connections[index % target.connections.length]!,
  );
  const before = await settled(server);
  await generator.connect(crowd, { connections, channels: [] });
  const after = await settled(server);
  await generator.close(crowd);
  return (after - before) / sockets;
}

/** Bytes in use, once what was garbage is gone. */
async function settled(server: Contender['server']): Promise<number> {
  await server.usage(true);
  await sleep(300);
  const { heap } = await server.usage(true);
  return heap;
}
