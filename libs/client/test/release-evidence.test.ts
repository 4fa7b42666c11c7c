import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, parseDeviceCertificate, signWhole } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  decodeUntrustedRoster,
  DeviceAddress,
  type RecordHeader,
  releaseStatement,
  toBase64url,
} from '#liaison/protocol';
import { demoCommunity } from '../src/ceremony/demo-community.js';
import { enrolDevice } from '../src/ceremony/enrol-device.js';
import { foundCommunity } from '../src/ceremony/found-community.js';
import { releaseEvidence } from '../src/marks/release-evidence.js';
import { Trust } from '../src/trust.js';

const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const DAY = 24 * 3600 * 1000;
const ports = { clock: { now: () => NOW }, random: systemRandom };
const by = DeviceAddress.parse('bg:nikolova:desk-1');
const key = toBase64url(new Uint8Array(32).fill(7));
const hub = { origin: 'http://127.0.0.1:3000', externalSenderKey: key, logKey: key };

beforeAll(() => cryptoReady());

describe('the certificate of a second officer (POL-13)', () => {
  it('was good when they signed; what has expired since is tolerated', () => {
    const { roster, authorities } = foundCommunity(demoCommunity(), hub, ports);
    const trust = new Trust(roster, decodeUntrustedRoster(roster.roster), new Map());
    const [plan] = demoCommunity().contactPoints.filter(({ id }) => id === 'bg');
    const ca = plan && authorities.get(plan.id);
    if (ca === undefined) throw new Error('unreachable');
    const signer = generateSigningKey(systemRandom);
    const device = { address: by, officerName: 'Nikolova' };
    const duties = ['officer'] as const;
    const enrolment = { ca, device, devicePublicKey: signer.publicKey, clearance: 'RESTRICTED', duties } as const;
    const certificate = enrolDevice(enrolment, ports);
    const { notAfter } = parseDeviceCertificate(certificate);
    const released = (at: number) => {
      const signed = { by, at: new Date(at).toISOString(), content: key };
      const header = { kind: 'alert', sender: 'bg:petrova:desk-1' } as RecordHeader;
      const signature = toBase64url(signWhole(releaseStatement(header, signed), signer));
      return { ...header, release: { ...signed, certificate: toBase64url(certificate), signature } };
    };
    const later = notAfter + DAY;
    expect(releaseEvidence(released(NOW), trust, later)).toMatchObject({ signatureVerifies: true });
    expect(releaseEvidence(released(notAfter + 1), trust, later)).toEqual({ signatureVerifies: false });
  });
});
