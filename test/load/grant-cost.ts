import {
  type FoundedCommunity,
  foundCommunity,
  type HubIdentity,
  httpTransport,
  type LiaisonClient,
  memoryStore,
  type MemoryStore,
  openClient,
  publishDueList,
} from '#liaison/client';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type ChannelId, ContactPointId, DeviceAddress, LiaisonError } from '#liaison/protocol';
import { callHub } from './hub/hub-http.js';
import { communityPlan } from './hub/load-community.js';
import { type RunningHub, startHub } from './hub/hub-server.js';
import type { Measure, Section } from './measures.js';

export const FULL_GRANT = 10_000;
export const SMALL_GRANT = 500;

const PORTS = { clock: systemClock, random: systemRandom };
/** Records that are written without waiting for one another. */
const AT_ONCE = 100;
/** Looks at the log, which covers what was just stored within a second. */
const MOST_ROUNDS = 60;

interface Desk {
  readonly client: LiaisonClient;
  readonly store: MemoryStore;
  readonly reopen: () => Promise<LiaisonClient>;
}

/**
 * A colleague's device was replaced, and is given the whole past of a channel: by a device that is stopped in the middle and begins again.
 */
export async function grantSection(dataFolder: string, records: number, log: (line: string) => void): Promise<Section> {
  const hub = await startHub({ dataFolder });
  try {
    return {
      title: `The past of a channel, ${records} records, given to one device`,
      measures: await measureGrant(hub, records, log),
    };
  } finally {
    await hub.server.stop();
  }
}

async function measureGrant(hub: RunningHub, records: number, log: (line: string) => void): Promise<Measure[]> {
  const founded = await found(hub);
  // The first and the third are of one contact point.
  const [from, , to] = [...founded.profiles.keys()];
  if (from === undefined || to === undefined) throw new LiaisonError('internal', 'Three devices are needed.');
  const giver = await desk(hub, founded, from);
  const receiver = await desk(hub, founded, to);
  log(`${records} records are written`);
  const { channel, seconds: writing } = await write(giver, records);
  await receiver.client.sync();
  await giver.client.addMembers(channel, [receiver.client.device]);
  await receiver.client.sync();
  await receiver.client.history.request({ purpose: 'Replaced', channel });
  await giver.client.sync();
  log('they are given, with a stop in the middle');
  const giving = await give(hub, giver, receiver.client.device, channel, records);
  log('they are fetched, verified and judged');
  const receiving = await receive(hub, receiver.client, channel, records);
  await Promise.all([giver.client.close(), receiver.client.close()]);
  return [measure('write', 'written before, one after the other', 's', writing), ...giving, ...receiving];
}

async function found(hub: RunningHub): Promise<FoundedCommunity> {
  const identity = await callHub<HubIdentity>(hub.port, 'getHub');
  const founded = foundCommunity(communityPlan(3, 2), identity, PORTS);
  await callHub(hub.port, 'putRoster', { body: founded.roster });
  const transport = httpTransport({ hubUrl: urlOf(hub) });
  for (const [contactPoint, ca] of founded.authorities)
    await publishDueList(transport, { contactPoint, ca }, systemClock);
  return founded;
}

async function desk(hub: RunningHub, { profiles }: FoundedCommunity, address: string): Promise<Desk> {
  const profile = profiles.get(DeviceAddress.parse(address));
  if (profile === undefined) throw new LiaisonError('internal', 'There is no such device.');
  const store = memoryStore();
  const reopen = () =>
    openClient({ profile, transport: httpTransport({ hubUrl: urlOf(hub) }), store, ...PORTS, keyPackages: 4 });
  const client = await reopen();
  await client.sync();
  return { client, store, reopen };
}

async function write(
  { client }: Desk,
  records: number,
): Promise<{ readonly channel: ChannelId; readonly seconds: number }> {
  const { id: channel } = await client.createChannel({
    kind: 'bilateral',
    ceiling: 'RESTRICTED',
    contactPoints: [ContactPointId.parse('load-1')],
  });
  await client.connect();
  const started = performance.now();
  for (let written = 0; written < records; written += AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, records - written) }, (_, place) =>
        client.send({
          channel,
          kind: 'message',
          marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
          body: { v: 1, type: 'content', language: 'en', subject: `Record ${written + place}` },
        }),
      ),
    );
  while ((await client.outbox()).some(({ state }) => state !== 'stored')) await client.sync();
  const seconds = since(started);
  client.disconnect();
  await client.sync();
  return { channel, seconds };
}

/** The first client is left in the middle of its work, as a process that is killed: what it had stored is all that the next one has. */
async function give(
  hub: RunningHub,
  giver: Desk,
  to: DeviceAddress,
  channel: ChannelId,
  records: number,
): Promise<Measure[]> {
  const [started, cpu, server] = [performance.now(), process.cpuUsage(), await hub.server.usage()];
  const stopped = new LiaisonError('unavailable', 'Stopped in the middle.');
  const onProgress = ({ given }: { readonly given: number }) => {
    if (given >= records / 2) throw stopped;
  };
  const first = await giver.client.history.grant({ to, channel, onProgress }).catch((cause: unknown) => cause);
  if (first !== stopped) throw new LiaisonError('internal', 'It was to stop in the middle.');
  const again = await giver.reopen();
  const [given] = await again.history.grant({ to, channel });
  await again.sync();
  const seconds = since(started);
  const after = await hub.server.usage();
  const { user, system } = process.cpuUsage(cpu);
  await again.close();
  return [
    measure('given', 'records given, by both runs', '', given?.given ?? 0),
    measure('give', 'judged, signed, logged and sealed, begun again once', 's', seconds),
    measure('give.cpu', 'of it, client CPU a record', 'ms', (user + system) / 1000 / records),
    measure('give.server-cpu', 'of it, server CPU a record', 'ms', (after.cpu - server.cpu) / 1000 / records),
  ];
}

async function receive(
  hub: RunningHub,
  client: LiaisonClient,
  channel: ChannelId,
  records: number,
): Promise<Measure[]> {
  const [started, cpu, server] = [performance.now(), process.cpuUsage(), await hub.server.usage()];
  let opened = 0;
  for (let round = 0; opened < records && round < MOST_ROUNDS; round += 1) {
    await client.sync();
    const view = (await client.history.received()).find((each) => each.channel === channel);
    opened = view === undefined || !view.complete ? 0 : view.given - view.waiting;
  }
  const seconds = since(started);
  const { user, system } = process.cpuUsage(cpu);
  const after = await hub.server.usage(true);
  return [
    measure('received', 'records opened by the receiver', '', opened),
    measure('receive', 'fetched, verified, judged and stored', 's', seconds),
    measure('receive.cpu', 'of it, client CPU a record', 'ms', (user + system) / 1000 / records),
    measure('receive.server-cpu', 'of it, server CPU a record', 'ms', (after.cpu - server.cpu) / 1000 / records),
    measure(
      'client.memory',
      'heap of the process with both clients and their stores',
      'MB',
      process.memoryUsage().heapUsed / 1e6,
    ),
    measure('server.memory', 'server heap and buffers', 'MB', after.heap / 1e6),
  ];
}

function urlOf({ port }: RunningHub): string {
  return `http://127.0.0.1:${port}`;
}

function since(started: number): number {
  return (performance.now() - started) / 1000;
}

function measure(id: string, name: string, unit: string, value: number): Measure {
  return { id: `grant.${id}`, name, unit, value };
}
