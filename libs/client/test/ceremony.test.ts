import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, parseCaCertificate, parseDeviceCertificate, verifyRosterUpdate } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { decodeUntrustedRoster, fromBase64url, LiaisonError, toBase64url } from '#liaison/protocol';
import { assembleSignedRoster, coSign } from '../src/ceremony/co-sign.js';
import { generateCoChairKey } from '../src/ceremony/co-chair-key.js';
import { demoCommunity } from '../src/ceremony/demo-community.js';
import { foundCommunity } from '../src/ceremony/found-community.js';

const clock = { now: () => Date.parse('2026-11-21T18:00:00.500Z') };
const hub = {
  origin: 'http://127.0.0.1:3000',
  externalSenderKey: toBase64url(new Uint8Array(32).fill(7)),
  logKey: toBase64url(new Uint8Array(32).fill(7)),
};
const found = () => foundCommunity(demoCommunity(), hub, { clock, random: systemRandom });

beforeAll(cryptoReady);

describe('the founding ceremony', () => {
  it('gives a roster of ten contact points that both co-chairs signed', () => {
    const { roster } = found();
    const verification = verifyRosterUpdate({ pinned: undefined, candidate: roster, at: clock.now() });
    expect(verification.outcome).toBe('ok');
    const { contactPoints, coChairs, threshold } = decodeUntrustedRoster(roster.roster);
    expect(contactPoints.map(({ id }) => id)).toEqual(['az', 'ba', 'bd', 'bg', 'fr', 'hu', 'iq', 'it', 'mk', 'pk']);
    expect(coChairs.map(({ contactPoint }) => contactPoint)).toEqual(['iq', 'bg']);
    expect(threshold).toBe(2);
  });

  it('knows that Friday and Saturday are the weekend in Bangladesh and Iraq', () => {
    const { contactPoints } = decodeUntrustedRoster(found().roster.roster);
    const resting = contactPoints.filter(({ weekend }) => weekend.includes(5)).map(({ id }) => id);
    expect(resting).toEqual(['bd', 'iq']);
  });

  it('certifies each device by the CA that the roster carries', () => {
    const { roster, profiles } = found();
    const { contactPoints } = decodeUntrustedRoster(roster.roster);
    expect(profiles.size).toBe(10);
    for (const [device, profile] of profiles) {
      const certificate = parseDeviceCertificate(profile.certificate);
      const entry = contactPoints.find(({ id }) => device.startsWith(`${id}:`));
      const ca = parseCaCertificate(fromBase64url(entry?.caCertificate ?? ''));
      expect(certificate).toMatchObject({ device, issuerKeyId: ca.keyId, clearance: 'RESTRICTED' });
      expect(profile).toMatchObject({ device, foundingRoster: roster, hubUrl: hub.origin });
    }
  });

  it('refuses a roster that one co-chair alone signed', () => {
    const { roster, coChairs } = found();
    const draft = decodeUntrustedRoster(roster.roster);
    const alone = coChairs.slice(0, 1).map((coChair) => coSign(draft, coChair.key));
    expect(() => assembleSignedRoster(draft, alone)).toThrow(LiaisonError);
  });

  it('refuses the signature of a key that the roster does not name', () => {
    const draft = decodeUntrustedRoster(found().roster.roster);
    const stranger = generateCoChairKey(demoCommunity().coChairs[0]!, systemRandom);
    expect(() => coSign(draft, stranger.key)).toThrow('does not name this key');
  });
});
