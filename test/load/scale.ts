import {
  foundCommunity,
  type FoundedCommunity,
  type HubIdentity,
  httpTransport,
  type LiaisonClient,
  memoryStore,
  openClient,
  publishDueList,
} from '#liaison/client';
import type { CertificateAuthority } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { loadMls } from '#liaison/mls-session';
import { type ChannelId, type ContactPointId, contactPointOf, LiaisonError } from '#liaison/protocol';
import { measureEnrolment } from './enrolment-cost.js';
import { callHub } from './hub/hub-http.js';
import { type RunningHub, startHub } from './hub/hub-server.js';
import { offerKeyPackages } from './hub/load-channels.js';
import { communityPlan, type LoadDevice, signIn } from './hub/load-community.js';
import type { Measure, Section } from './measures.js';

export interface Scale {
  readonly contactPoints: number;
  readonly devices: number;
  /** Further ones of one contact point, each invited and approved, by so many administrators. */
  readonly enrolled: number;
  readonly administrators: number;
}

export const FULL_SCALE: Scale = { contactPoints: 200, devices: 10_000, enrolled: 500, administrators: 5 };
export const SMALL_SCALE: Scale = { contactPoints: 20, devices: 400, enrolled: 40, administrators: 2 };

/** Sign-ins under way at once. */
const AT_ONCE = 16;
const PORTS = { clock: systemClock, random: systemRandom };

/**
 * A large community through its worst days: founding, the first morning on which every device signs in, many new devices of a contact
 * point and their renewal, and the compromise of another, all of whose devices but one are revoked at once and have to leave a channel of members from everywhere.
 */
export async function scaleSection(dataFolder: string, scale: Scale, log: (line: string) => void): Promise<Section> {
  const hub = await startHub({ dataFolder });
  try {
    return {
      title: `A community of ${scale.contactPoints} contact points and ${scale.devices} devices`,
      measures: await measureScale(hub, scale, log),
    };
  } finally {
    await hub.server.stop();
  }
}

async function measureScale(hub: RunningHub, scale: Scale, log: (line: string) => void): Promise<Measure[]> {
  log(`founding ${scale.contactPoints} contact points with ${scale.devices} devices`);
  const { founded, measures: founding } = await found(hub, scale);
  log('every device signs in');
  const { devices, measures: enrolment } = await signInAll(hub, founded);
  log('a client of the first contact point, and a channel of members from everywhere');
  const { admin, witness, channel, measures: joining } = await meet(hub, devices);
  log(`${scale.enrolled} further devices of the last contact point are enrolled, and renewed`);
  const further = await enrolFurther(hub, { founded, devices }, scale);
  log('the first contact point is compromised');
  const revocation = await revokePoint({ hub, founded, admin, witness, channel });
  await Promise.all([admin.close(), witness.close()]);
  return [...founding, ...enrolment, ...joining, ...further, ...revocation];
}

async function found(hub: RunningHub, scale: Scale) {
  const identity = await callHub<HubIdentity>(hub.port, 'getHub');
  const plan = communityPlan(scale.devices, scale.contactPoints);
  const started = performance.now();
  const founded = foundCommunity(plan, identity, PORTS);
  const seconds = since(started);
  const published = performance.now();
  await callHub(hub.port, 'putRoster', { body: founded.roster });
  const transport = httpTransport({ hubUrl: urlOf(hub) });
  for (const [contactPoint, ca] of founded.authorities)
    await publishDueList(transport, { contactPoint, ca }, systemClock);
  const measures = [
    measure('found', 'founding: keys, CAs, certificates', 's', seconds),
    measure('publish', 'roster and revocation lists, published', 's', since(published)),
    measure('roster', 'roster', 'kB', founded.roster.roster.length / 1000),
  ];
  return { founded, measures };
}

async function signInAll(hub: RunningHub, { profiles }: FoundedCommunity) {
  const { origin } = await callHub<HubIdentity>(hub.port, 'getHub');
  const before = await hub.server.usage(true);
  const started = performance.now();
  const devices: LoadDevice[] = [];
  const waiting = [...profiles.values()].entries();
  const lane = async () => {
    for (const [index, profile] of waiting) devices[index] = await signIn(hub.port, origin, profile, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = since(started);
  const after = await hub.server.usage(true);
  const count = profiles.size;
  const measures = [
    measure('sign-in', `all sign in, ${AT_ONCE} at once`, 's', seconds),
    measure('sign-in.cpu', 'server CPU of a sign-in', 'ms', (after.cpu - before.cpu) / 1000 / count),
    measure('sign-in.memory', 'server memory of a signed-in device', 'kB', (after.heap - before.heap) / 1000 / count),
    measure('server.memory', 'server heap and buffers then', 'MB', after.heap / 1e6),
  ];
  return { devices, measures };
}

/** Everybody of the first contact point and one device of each other, in one channel. */
async function meet(hub: RunningHub, devices: readonly LoadDevice[]) {
  const pointOf = ({ profile }: LoadDevice) => contactPointOf(profile.device);
  const [first, ...others] = devices;
  const own = others.filter((device) => pointOf(device) === pointOf(first!));
  const seen = new Set<ContactPointId>([pointOf(first!)]);
  const foreign = others.filter((device) => !seen.has(pointOf(device)) && seen.add(pointOf(device)));
  await offerKeyPackages(hub.port, await loadMls(systemRandom), [...own, ...foreign.slice(1)]);
  const started = performance.now();
  const cpu = process.cpuUsage();
  const witness = await open(hub, foreign[0]!);
  await witness.sync();
  const { user, system } = process.cpuUsage(cpu);
  const synced = since(started);
  const admin = await open(hub, first!);
  await admin.sync();
  const members = [...own, ...foreign].map(({ profile }) => profile.device);
  const created = performance.now();
  const { id: channel } = await admin.createChannel({
    kind: 'community',
    ceiling: 'RESTRICTED',
    contactPoints: [...seen],
    devices: members,
  });
  const creating = since(created);
  await witness.sync();
  const measures = [
    measure('sync', 'first sync of a new client', 's', synced),
    measure('sync.cpu', 'of it, client CPU', 's', (user + system) / 1e6),
    measure('channel', `a channel of ${members.length + 1} members, created`, 's', creating),
  ];
  return { admin, witness, channel, measures };
}

/** In the last contact point, which nobody compromises: its own administrators, all of whom have a client. */
async function enrolFurther(
  hub: RunningHub,
  { founded, devices }: { readonly founded: FoundedCommunity; readonly devices: readonly LoadDevice[] },
  { enrolled, administrators }: Scale,
): Promise<Measure[]> {
  const contactPoint = contactPointOf(devices.at(-1)!.profile.device);
  const ca = authorityOf(founded, contactPoint);
  const own = devices.filter(({ profile }) => contactPointOf(profile.device) === contactPoint);
  const [first, ...others] = await Promise.all(own.slice(0, administrators).map((device) => open(hub, device)));
  for (const client of [first!, ...others]) await client.sync();
  const hubUrl = urlOf(hub);
  const kit = { type: 'liaison-joining-kit', v: 1, contactPoint, hubUrl, roster: founded.roster } as const;
  const measures = await measureEnrolment({
    ...{ hub, ca, kit, administrators: [first!, ...others] },
    ...{ devices: enrolled, before: devices.length },
  });
  await Promise.all([first!, ...others].map((client) => client.close()));
  return measures;
}

function authorityOf({ authorities }: FoundedCommunity, contactPoint: ContactPointId): CertificateAuthority {
  const ca = authorities.get(contactPoint);
  if (ca === undefined) throw new LiaisonError('internal', `${contactPoint} has no CA.`);
  return ca;
}

interface Compromise {
  readonly hub: RunningHub;
  readonly founded: FoundedCommunity;
  readonly admin: LiaisonClient;
  readonly witness: LiaisonClient;
  readonly channel: ChannelId;
}

async function revokePoint({ hub, founded, admin, witness, channel }: Compromise): Promise<Measure[]> {
  const { device } = admin;
  const ca = authorityOf(founded, contactPointOf(device));
  const before = (await witness.members(channel)).length;
  const cpu = (await hub.server.usage()).cpu;
  const started = performance.now();
  const { devices } = await admin.administration.revokeAll({ since: systemClock.now() - 60_000, kept: [device] }, ca);
  const published = since(started);
  const left = before - devices.length;
  while ((await witness.members(channel)).length > left) await witness.sync();
  const out = since(started);
  return [
    measure('revoke', `a list that revokes ${devices.length} devices, made and published`, 's', published),
    measure('removed', 'until another contact point has put them out of its channel', 's', out),
    measure('removed.cpu', 'of it, server CPU', 's', ((await hub.server.usage()).cpu - cpu) / 1e6),
    measure('client.memory', 'heap of the process with the clients', 'MB', process.memoryUsage().heapUsed / 1e6),
  ];
}

function open(hub: RunningHub, { profile }: LoadDevice): Promise<LiaisonClient> {
  return openClient({
    profile,
    transport: httpTransport({ hubUrl: urlOf(hub) }),
    store: memoryStore(),
    ...PORTS,
    keyPackages: 1,
  });
}

function urlOf({ port }: RunningHub): string {
  return `http://127.0.0.1:${port}`;
}

function since(started: number): number {
  return (performance.now() - started) / 1000;
}

function measure(id: string, name: string, unit: string, value: number): Measure {
  return { id: `scale.${id}`, name, unit, value };
}
