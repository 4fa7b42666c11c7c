import { type CertificateAuthority, generateSigningKey, type SigningKey } from '#liaison/crypto';
import {
  type Clock,
  contactPointOf,
  type ContactPointId,
  type DeviceAddress,
  LiaisonError,
  type RandomSource,
  type SignedRoster,
} from '#liaison/protocol';
import type { DeviceProfile } from '../device-profile.js';
import { assembleProfile } from './assemble-profile.js';
import { type CoChairKey, generateCoChairKey, rosterEntryOf } from './co-chair-key.js';
import { assembleSignedRoster, coSign } from './co-sign.js';
import type { CommunityPlan, ContactPointPlan, DevicePlan, HubIdentity } from './community-plan.js';
import { foundAuthority } from './contact-point-authority.js';
import { enrolDevice } from './enrol-device.js';
import { draftRoster } from './roster-draft.js';

/** Everything that exists after a founding; in a real one no single person ever holds more than their own part. */
export interface FoundedCommunity {
  readonly coChairs: readonly CoChairKey[];
  readonly authorities: ReadonlyMap<ContactPointId, CertificateAuthority<SigningKey>>;
  /** Of the connectors of the contact points that witness the log. */
  readonly witnesses: ReadonlyMap<ContactPointId, SigningKey>;
  readonly roster: SignedRoster;
  readonly profiles: ReadonlyMap<DeviceAddress, DeviceProfile>;
}

/** The private keys of the founders: what is kept when everything else is made again. */
export interface FoundingKeys {
  readonly coChairs: readonly CoChairKey[];
  readonly authorities: ReadonlyMap<ContactPointId, SigningKey>;
  readonly witnesses: ReadonlyMap<ContactPointId, SigningKey>;
}

interface Ports {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The whole founding ceremony in one place and in memory, step by step as docs/spec/roster.md tells it:
 * co-chair keys, contact point CAs, roster draft, co-signatures, device certificates, device profiles.
 * @param hub `url`: how devices reach the hub, where that is not its origin.
 */
export function foundCommunity(
  plan: CommunityPlan,
  hub: HubIdentity & { readonly url?: string },
  ports: Ports,
): FoundedCommunity {
  const keys = generateFoundingKeys(plan, ports.random);
  const authorities = new Map(
    plan.contactPoints.map((point) => [point.id, foundAuthority(point, keyOf(keys, point.id), ports)] as const),
  );
  const witnessKeys = new Map([...keys.witnesses].map(([id, key]) => [id, key.publicKey] as const));
  const draft = draftRoster(
    { plan, coChairs: keys.coChairs.map(rosterEntryOf), authorities, witnessKeys, hub },
    ports.clock,
  );
  const roster = assembleSignedRoster(
    draft,
    keys.coChairs.map((coChair) => coSign(draft, coChair.key)),
  );
  const profiles = plan.devices.map((device) => {
    const point = contactPointOfDevice(plan, device);
    const ca = authorities.get(point.id);
    if (ca === undefined) throw new LiaisonError('usage', `${point.id} has no CA.`);
    const joining = { ca, point, device, hubUrl: hub.url ?? hub.origin, foundingRoster: roster };
    return [device.address, joinDevice(joining, ports)] as const;
  });
  return { coChairs: keys.coChairs, authorities, witnesses: keys.witnesses, roster, profiles: new Map(profiles) };
}

/** The first step: the keys that everything else hangs on. */
export function generateFoundingKeys(plan: CommunityPlan, random: RandomSource): FoundingKeys {
  return {
    coChairs: plan.coChairs.map((contactPoint) => generateCoChairKey(contactPoint, random)),
    authorities: new Map(plan.contactPoints.map(({ id }) => [id, generateSigningKey(random)] as const)),
    witnesses: new Map(witnessing(plan).map(({ id }) => [id, generateSigningKey(random)] as const)),
  };
}

/** Contact points whose connectors witness the log. */
export function witnessing(plan: CommunityPlan): readonly ContactPointPlan[] {
  return plan.contactPoints.filter(({ witness }) => witness === true);
}

/** The last steps, for one device: its own key, the certificate for it, the profile with the pinned roster. */
export function joinDevice(
  joining: {
    readonly ca: CertificateAuthority;
    readonly point: ContactPointPlan;
    readonly device: DevicePlan;
    readonly hubUrl: string;
    readonly foundingRoster: SignedRoster;
  },
  ports: Ports,
): DeviceProfile {
  const key = generateSigningKey(ports.random);
  const { ca, point, device, hubUrl, foundingRoster } = joining;
  const certificate = enrolDevice(
    {
      ca,
      device,
      devicePublicKey: key.publicKey,
      clearance: point.ceiling,
      duties: device.duties ?? ['officer', 'administrator'],
    },
    ports,
  );
  return assembleProfile({ device: device.address, key, certificate, hubUrl, foundingRoster }, ports.random);
}

/** @throws LiaisonError `usage` where the plan does not name the device's contact point. */
export function contactPointOfDevice(plan: CommunityPlan, device: DevicePlan): ContactPointPlan {
  const id = contactPointOf(device.address);
  const point = plan.contactPoints.find((each) => each.id === id);
  if (point === undefined) throw new LiaisonError('usage', `The plan has no contact point ${id}.`);
  return point;
}

function keyOf(keys: FoundingKeys, id: ContactPointId): SigningKey {
  const key = keys.authorities.get(id);
  if (key === undefined) throw new LiaisonError('usage', `Contact point ${id} has no CA key.`);
  return key;
}
