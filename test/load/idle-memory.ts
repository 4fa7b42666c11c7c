import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadTarget } from './generator/load.js';
import type { Measure, Section } from './measures.js';
import type { Arena, Contender } from './compare-shape.js';
import type { ProbeAnswer } from './processes/probe.js';

interface Bytes {
  readonly heap: number;
  readonly resident: number;
}

/** What one more connected, silent device costs a server, in memory. @param sockets more connections than the load community has devices: some connect several times. */
export async function idleSection(
  targets: { readonly hub: LoadTarget; readonly ceiling: LoadTarget },
  sockets: number,
  arena: Arena,
): Promise<Section> {
  const ceiling = await bytesPerConnection(arena.ceiling, targets.ceiling, sockets, arena);
  const hub = await bytesPerConnection(arena.hub, targets.hub, sockets, arena);
  const line = (id: keyof Bytes, name: string): Measure => ({
    id: `idle.${id}`,
    name,
    unit: 'kB',
    value: hub[id] / 1000,
    ceiling: ceiling[id] / 1000,
    ratio: hub[id] / ceiling[id],
  });
  return {
    title: `Idle connection (${sockets} more than before)`,
    measures: [line('heap', 'heap and buffers'), line('resident', 'resident memory')],
  };
}

async function bytesPerConnection(
  { name, server }: Contender,
  target: LoadTarget,
  sockets: number,
  { generator, log }: Arena,
): Promise<Bytes> {
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
  return {
    heap: (after.heap - before.heap) / sockets,
    resident: (after.resident - before.resident) / sockets,
  };
}

async function settled(server: Contender['server']): Promise<ProbeAnswer> {
  await server.usage(true);
  await sleep(300);
  return server.usage(true);
}
