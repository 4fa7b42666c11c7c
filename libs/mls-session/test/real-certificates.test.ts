import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  createCertificateAuthority,
  cryptoReady,
  generateSigningKey,
  issueDeviceCertificate,
  parseDeviceCertificate,
  verifyDeviceCertificate,
  type CertificateAuthority,
} from '#liaison/crypto';
import { contactPointOf, DeviceAddress, equalBytes, utf8 } from '#liaison/protocol';
import { verifyGroupInfo } from '#liaison/mls-framing';
import { type CommitPolicy, loadMls, type Mls, type Signer } from '../src/index.js';
import { LIFETIME, NOW, PROFILE, seededRandom } from './community.js';

/** The same over X.509 device certificates, with a policy like that of a client. */
const DAY = 24 * 3600 * 1000;
const random = seededRandom('certificates');
let mls: Mls;
let ca: CertificateAuthority;
const hubKey = new Uint8Array(32).fill(1);

const policy = (at: number): CommitPolicy => ({
  deviceOf: (certificate) => parseDeviceCertificate(certificate).device,
  validateCredential: (der, signatureKey, standing) => {
    const { device, publicKey } = parseDeviceCertificate(der);
    const result = verifyDeviceCertificate({
      certificate: der,
      caCertificate: ca.certificate,
      contactPoint: contactPointOf(device),
      at,
    });
    if (!equalBytes(publicKey, signatureKey)) return { ok: false, reason: 'The certificate is for another key.' };
    if (result.outcome === 'ok' || (result.outcome === 'expired' && standing === 'existing')) return { ok: true };
    return { ok: false, reason: result.message };
  },
  authorize: () => ({ ok: true }),
});

function device(name: string, days: number): Signer {
  const key = generateSigningKey(random);
  const certificate = issueDeviceCertificate({
    ca,
    device: DeviceAddress.parse(`bg:${name}:desk`),
    devicePublicKey: key.publicKey,
    officerName: name,
    clearance: 'RESTRICTED',
    duties: ['officer'],
    random,
    notBefore: NOW - DAY,
    notAfter: NOW + days * DAY,
  });
  return { certificate, signingSeed: key.privateKey };
}

beforeAll(async () => {
  await cryptoReady();
  mls = await loadMls(random);
  const key = generateSigningKey(random);
  const point = contactPointOf(DeviceAddress.parse('bg:any:any'));
  ca = createCertificateAuthority({
    contactPoint: point,
    commonName: 'Bulgaria',
    key,
    random,
    notBefore: NOW - DAY,
    notAfter: NOW + 3650 * DAY,
  });
});

describe('with X.509 device certificates', () => {
  it('an expired member renews, re-joins and hinders nobody', async () => {
    const anna = device('anna', 100);
    const boris = device('boris', 1);
    const clara = device('clara', 100);
    const created = await mls.createGroup({ ...anna, groupId: utf8('x'), profile: PROFILE, externalSenderKey: hubKey });
    const boriss = await mls.createKeyPackage({ ...boris, lifetime: LIFETIME, lastResort: false });
    const first = await mls.commitAdd(created.state, [boriss.keyPackage], policy(NOW), { at: NOW });
    const boriState = await mls.join({
      ...boriss,
      welcome: first.welcome,
      signingSeed: boris.signingSeed,
      hubKeys: [hubKey],
      policy: policy(NOW),
    });

    const later = NOW + 2 * DAY;
    const claras = await mls.createKeyPackage({ ...clara, lifetime: LIFETIME, lastResort: false });
    const second = await mls.commitAdd(first.pending, [claras.keyPackage], policy(later), { at: later });
    const claraState = await mls.join({
      ...claras,
      welcome: second.welcome,
      signingSeed: clara.signingSeed,
      hubKeys: [hubKey],
      policy: policy(later),
    });
    const { state } = await mls.processCommit(boriState, second.commit, policy(later));
    const stale = await mls.commitUpdate(state);
    await expect(mls.processCommit(claraState, stale.commit, policy(later))).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('expired'),
    });

    const renewal = device('boris', 100);
    const renewed = await mls.commitUpdate(state, { renewal });
    const seen = await mls.processCommit(claraState, renewed.commit, policy(later));
    expect(seen.change).toMatchObject({ purpose: 'update', renewed: renewal.certificate });
    const rejoined = await mls.rejoin({
      ...renewal,
      groupInfo: renewed.groupInfo,
      hubKeys: [hubKey],
      policy: policy(later),
    });
    const again = await mls.processCommit(seen.state, rejoined.commit, policy(later));
    expect(again.change).toMatchObject({ purpose: 'rejoin', removes: [{ leafIndex: 1, proposedBy: 'committer' }] });
    const { leaves } = await verifyGroupInfo(rejoined.groupInfo);
    expect(leaves.map((leaf) => leaf && parseDeviceCertificate(leaf.certificate).device)).toEqual([
      'bg:anna:desk',
      'bg:boris:desk',
      'bg:clara:desk',
    ]);
  });
});
