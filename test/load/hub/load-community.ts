import { foundCommunity, type CommunityPlan, type DeviceProfile, type HubIdentity } from '#liaison/client';
import { sign, signingKeyFromSeed } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import {
  ContactPointId,
  DeviceAddress,
  type Session,
  type SessionChallenge,
  sessionSignedBytes,
  toBase64url,
} from '#liaison/protocol';
import { callHub } from './hub-http.js';

/** A device of the load community that has signed in. */
export interface LoadDevice {
  readonly profile: DeviceProfile;
  readonly token: string;
  /** The loopback address that it calls from. */
  readonly from: string | undefined;
}

export interface LoadCommunity {
  readonly contactPoints: readonly ContactPointId[];
  readonly externalSenderKey: string;
  readonly devices: readonly LoadDevice[];
}

const CONTACT_POINTS = 10;

/** Founds a community on an empty hub by the ordinary ceremony, and signs every device in. */
export async function foundLoadCommunity(port: number, deviceCount: number): Promise<LoadCommunity> {
  const hub = await callHub<HubIdentity>(port, 'getHub');
  const plan = communityPlan(deviceCount, CONTACT_POINTS);
  const ports = { clock: systemClock, random: systemRandom };
  const { roster, profiles } = foundCommunity(plan, hub, ports);
  await callHub(port, 'putRoster', { body: roster });
  const devices: LoadDevice[] = [];
  for (const [index, { address }] of plan.devices.entries())
    devices.push(await signIn(port, hub.origin, mustFind(profiles, address), index));
  return {
    contactPoints: plan.contactPoints.map(({ id }) => id),
    externalSenderKey: hub.externalSenderKey,
    devices,
  };
}

export function communityPlan(devices: number, contactPoints: number): CommunityPlan {
  const ids = Array.from({ length: contactPoints }, (_, index) => ContactPointId.parse(`load-${index}`));
  return {
    community: 'load-community',
    contactPoints: ids.map((id) => ({
      id,
      names: { en: `Contact point ${id}` },
      timeZone: 'Europe/Brussels',
      weekend: [6, 7],
      languages: ['en'],
      ceiling: 'RESTRICTED',
    })),
    coChairs: ids.slice(0, 2),
    threshold: 2,
    devices: Array.from({ length: devices }, (_, index) => ({
      address: DeviceAddress.parse(`load-${index % contactPoints}:officer-${index}:desk-1`),
      officerName: `Officer ${index}`,
    })),
  };
}

export async function signIn(port: number, origin: string, profile: DeviceProfile, index: number): Promise<LoadDevice> {
  const from = addressOf(index);
  const call = from === undefined ? {} : { from };
  const { nonce } = await callHub<SessionChallenge>(port, 'createChallenge', { ...call, body: {} });
  const signedBytes = sessionSignedBytes({ nonce, origin, device: profile.device });
  const signature = sign('session', signedBytes, signingKeyFromSeed(profile.signingSeed));
  const body = { nonce, certificate: toBase64url(profile.certificate), signature: toBase64url(signature) };
  const { token } = await callHub<Session>(port, 'createSession', { ...call, body });
  return { profile, token, from };
}

/** On Linux every address of 127/8 is this machine; elsewhere only 127.0.0.1 is. */
export function addressOf(index: number): string | undefined {
  return process.platform === 'linux' ? `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}` : undefined;
}

function mustFind(profiles: ReadonlyMap<DeviceAddress, DeviceProfile>, address: DeviceAddress): DeviceProfile {
  return profiles.get(address)!;
}
