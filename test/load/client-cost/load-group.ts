import { createCertificateAuthority, generateSigningKey, issueDeviceCertificate } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { Mls, NewKeyPackage, Signer } from '#liaison/mls-session';
import { type ChannelProfile, ContactPointId, DeviceAddress } from '#liaison/protocol';
import { freshLifetime } from '../fresh-lifetime.js';

const DAY = 86_400_000;
const POINT = ContactPointId.parse('load');

/** A device with real certificate and keys, for groups that never meet a hub. */
export type GroupDevice = Signer;

export const GROUP_PROFILE: ChannelProfile = {
  v: 1,
  kind: 'community',
  ceiling: 'RESTRICTED',
  releasableTo: [POINT],
  roles: { [POINT]: ['administer', 'post', 'read'] },
  retention: { reviewDays: 365 },
  custody: 'none',
  exercise: false,
  postQuantum: false,
};

export function groupDevices(count: number): GroupDevice[] {
  const notBefore = Math.floor(systemClock.now() / 1000) * 1000;
  const times = { notBefore, notAfter: notBefore + 100 * DAY, random: systemRandom };
  const ca = createCertificateAuthority({
    ...times,
    contactPoint: POINT,
    commonName: 'Load CA',
    key: generateSigningKey(systemRandom),
  });
  return Array.from({ length: count }, (_, index) => {
    const key = generateSigningKey(systemRandom);
    const certificate = issueDeviceCertificate({
      ...times,
      ca,
      device: DeviceAddress.parse(`load:officer-${index}:desk-1`),
      devicePublicKey: key.publicKey,
      officerName: `Officer ${index}`,
      clearance: 'RESTRICTED',
      duties: ['officer'],
    });
    return { certificate, signingSeed: key.privateKey };
  });
}

export async function keyPackageOf(mls: Mls, device: GroupDevice): Promise<NewKeyPackage> {
  return mls.createKeyPackage({ ...device, lifetime: freshLifetime(), lastResort: false });
}
