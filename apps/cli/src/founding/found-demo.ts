import {
  CONNECTOR_FILE,
  contactPointOfDevice,
  demoCommunity,
  type HubTransport,
  joinDevice,
  publishDueList,
  sealConnector,
} from '#liaison/client';
import { cryptoReady } from '#liaison/crypto';
import { type DeviceAddress, fromUtf8, LiaisonError, type SignedRoster } from '#liaison/protocol';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host.js';
import { DiskLock, readIfPresent, writePrivateFile, writeProfile } from '#liaison/client.node';
import { hasProfile } from '../profile/profile-folder.js';
import { DEMO_PASSPHRASE_COST, demoPassphrase } from './demo-passphrase.js';
import { demoPaths } from './demo-paths.js';
import { foundingRoster } from './founding-roster.js';
import { FoundedDemo } from './founded-demo.js';
import { openDemoChannels } from './open-demo-channels.js';
import { authorities, type Founding, witnessKeysOf } from './sealed-keys.js';

/**
 * Founds the demo community with the ceremony of a real one, in the folder and at the hub. Every step is durable before the
 * next one begins and is not taken twice, so that it can be cut short anywhere and called again.
 * @returns `already`: it was complete.
 * @throws LiaisonError `unavailable` where the hub does not answer, `conflict` where it belongs to another community,
 * `try-again` where another process is at it.
 */
export async function foundDemo(
  host: Pick<Host, 'clock' | 'random' | 'reach'>,
  where: { readonly folder: string; readonly hubUrl: string },
  say: (text: string) => void,
): Promise<FoundedDemo & { readonly already: boolean }> {
  await cryptoReady();
  const paths = demoPaths(where.folder);
  await mkdir(paths.ceremony, { recursive: true, mode: 0o700 });
  const lock = new DiskLock(paths.ceremony);
  await lock.acquire(LOCK_WAIT_MS);
  try {
    const passphrase = await demoPassphrase(paths, host.random);
    return await foundUnderLock({ ...host, plan: demoCommunity(), paths, passphrase, say }, where.hubUrl);
  } finally {
    await lock.release();
  }
}

/** Another founding is awaited, for it does what this one would. */
const LOCK_WAIT_MS = 60_000;

async function foundUnderLock(
  founding: Founding,
  hubUrl: string,
): Promise<FoundedDemo & { readonly already: boolean }> {
  const transport = await founding.reach(hubUrl);
  const roster = await foundingRoster(founding, transport);
  await publishLists(founding, transport);
  const done = await readIfPresent(founding.paths.done);
  if (done !== undefined) return { ...FoundedDemo.parse(JSON.parse(fromUtf8(done))), already: true };
  await joinDevices(founding, roster, hubUrl);
  await joinConnectors(founding, roster, hubUrl);
  const channels = await openDemoChannels(founding, hubUrl);
  const founded: FoundedDemo = {
    community: founding.plan.community,
    hub: hubUrl,
    contactPoints: founding.plan.contactPoints.map(({ id }) => id),
    devices: founding.plan.devices.map(({ address }) => address),
    channels,
  };
  await writePrivateFile(founding.paths.done, JSON.stringify(founded));
  return { ...founded, already: false };
}

/** Each contact point's first revocation list, and whichever is soon due: a demo that is started again stays current. */
async function publishLists(founding: Founding, transport: HubTransport): Promise<void> {
  let published = 0;
  for (const [contactPoint, ca] of await authorities(founding)) {
    if (await publishDueList(transport, { contactPoint, ca }, founding.clock)) published += 1;
  }
  if (published > 0) founding.say(`Revocation lists of ${published} contact points published.`);
}

/** Keys, certificates and sealed profiles of the devices that have none yet. */
async function joinDevices(founding: Founding, foundingRoster: SignedRoster, hubUrl: string): Promise<void> {
  const { plan, paths, passphrase, random } = founding;
  const cas = await authorities(founding);
  for (const device of plan.devices) {
    const folder = paths.profile(device.address);
    if (await hasProfile(folder)) continue;
    const point = contactPointOfDevice(plan, device);
    const ca = cas.get(point.id);
    if (ca === undefined) throw missingAuthority(device.address);
    const profile = joinDevice({ ca, point, device, hubUrl, foundingRoster }, founding);
    await writeProfile(folder, profile, { passphrase, random, cost: DEMO_PASSPHRASE_COST });
    founding.say(`${device.address}: certified for ${device.officerName}, profile sealed.`);
  }
}

/** Sealed profiles of the connectors that witness the log, where there are none yet. */
async function joinConnectors(founding: Founding, foundingRoster: SignedRoster, hubUrl: string): Promise<void> {
  const { paths, passphrase, random } = founding;
  for (const [contactPoint, { privateKey: witnessSeed }] of await witnessKeysOf(founding)) {
    const path = join(paths.connector(contactPoint), CONNECTOR_FILE);
    if ((await readIfPresent(path)) !== undefined) continue;
    const profile = { v: 1, contactPoint, hubUrl, witnessSeed, foundingRoster } as const;
    await writePrivateFile(path, sealConnector(profile, passphrase, { random, cost: DEMO_PASSPHRASE_COST }));
    founding.say(`${contactPoint}: connector ready to witness the log.`);
  }
}

function missingAuthority(device: DeviceAddress): LiaisonError {
  return new LiaisonError('internal', `There is no certificate authority for ${device}.`);
}
