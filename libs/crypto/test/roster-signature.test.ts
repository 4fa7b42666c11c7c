import { describe, expect, it } from '@jest/globals';
import { encodeRoster, Roster, type SignedRoster } from '#liaison/protocol';
import { cryptoReady, keyIdOf, signedRoster, type SigningKey, signRoster, verifyRosterUpdate } from '#liaison/crypto';
import { b64, BG, caOf, DAY, flipBit, fromB64, IQ, keyOf, NOW } from './fixtures.js';

await cryptoReady();

const [sofia, baghdad, budapest, stranger] = ['sofia', 'baghdad', 'budapest', 'stranger'].map(keyOf) as [
  SigningKey,
  SigningKey,
  SigningKey,
  SigningKey,
];

function rosterOf(version: number, coChairs: readonly SigningKey[], changes: Partial<Roster> = {}): Roster {
  return Roster.parse({
    v: 1,
    community: 'black-sea-pilot',
    version,
    issuedAt: new Date(NOW - DAY).toISOString(),
    expiresAt: new Date(NOW + 365 * DAY).toISOString(),
    threshold: 2,
    coChairs: coChairs.map(({ publicKey }, index) => ({
      contactPoint: index === 0 ? BG : IQ,
      keyId: keyIdOf(publicKey),
      publicKey: b64(publicKey),
    })),
    hub: { origin: 'https://hub.example:8443', externalSenderKey: b64(keyOf('hub').publicKey) },
    contactPoints: [
      {
        id: BG,
        names: { en: 'Sofia' },
        caCertificate: b64(caOf(BG).certificate),
        timeZone: 'Europe/Sofia',
        weekend: [6, 7],
        languages: ['bg'],
        ceiling: 'SECRET',
        status: 'active',
      },
    ],
    ...changes,
  });
}

const signedBy = (roster: Roster, ...keys: readonly SigningKey[]): SignedRoster =>
  signedRoster(
    roster,
    keys.map((key) => signRoster(roster, key)),
  );

const pinned = rosterOf(1, [sofia, baghdad]);
const next = rosterOf(2, [sofia, baghdad]);
const judge = (candidate: SignedRoster, changes: { pinned?: Roster | undefined; at?: number } = {}) =>
  verifyRosterUpdate({ pinned, candidate, at: NOW, ...changes });

describe('a roster', () => {
  it('is accepted as founding roster with the threshold of its own signatures', () => {
    expect(judge(signedBy(pinned, sofia, baghdad), { pinned: undefined })).toEqual({ outcome: 'ok', roster: pinned });
    const lone = judge(signedBy(pinned, sofia), { pinned: undefined });
    expect(lone).toMatchObject({ outcome: 'missing-signatures', check: 'ROS-06' });
  });

  it('is accepted as update with both signatures, and may skip versions', () => {
    expect(judge(signedBy(next, sofia, baghdad))).toEqual({ outcome: 'ok', roster: next });
    expect(judge(signedBy(rosterOf(9, [sofia, baghdad]), baghdad, sofia)).outcome).toBe('ok');
  });

  it('replaces a co-chair only with the old ones and the new ones agreeing', () => {
    const changed = rosterOf(2, [sofia, budapest]);
    expect(judge(signedBy(changed, sofia, baghdad, budapest)).outcome).toBe('ok');
    const byNewAlone = judge(signedBy(changed, sofia, budapest));
    expect(byNewAlone).toMatchObject({ outcome: 'missing-signatures', check: 'ROS-05' });
    const byOldAlone = judge(signedBy(changed, sofia, baghdad));
    expect(byOldAlone).toMatchObject({ outcome: 'missing-signatures', check: 'ROS-06' });
  });

  it('counts a co-chair once, however often they sign, and strangers never', () => {
    const missing = { outcome: 'missing-signatures', check: 'ROS-05' };
    expect(judge(signedBy(next, sofia, sofia, sofia))).toMatchObject(missing);
    expect(judge(signedBy(next, sofia, stranger))).toMatchObject(missing);
    const [mine] = signedBy(next, sofia).signatures;
    const borrowedName = { ...mine!, keyId: keyIdOf(baghdad.publicKey) };
    expect(judge(signedRoster(next, [mine!, borrowedName]))).toMatchObject(missing);
    expect(judge(signedBy(next, stranger, sofia, baghdad)).outcome).toBe('ok');
  });

  it('cannot lower its threshold to pass', () => {
    const lowered = rosterOf(2, [sofia, baghdad], { threshold: 1 });
    expect(judge(signedBy(lowered, sofia))).toMatchObject({ outcome: 'missing-signatures', check: 'ROS-05' });
  });

  it('is refused when it does not go forward, has expired, is early or is of another community', () => {
    const notNewer = { outcome: 'version-not-newer', check: 'ROS-04' };
    expect(judge(signedBy(pinned, sofia, baghdad))).toMatchObject(notNewer);
    expect(judge(signedBy(pinned, sofia, baghdad), { pinned: rosterOf(3, [sofia, baghdad]) })).toMatchObject(notNewer);
    const candidate = signedBy(next, sofia, baghdad);
    expect(judge(candidate, { at: NOW + 366 * DAY })).toMatchObject({ outcome: 'expired', check: 'ROS-08' });
    expect(judge(candidate, { at: NOW - 2 * DAY })).toMatchObject({ outcome: 'not-yet-valid', check: 'ROS-07' });
    const other = rosterOf(2, [sofia, baghdad], { community: 'other' });
    expect(judge(signedBy(other, sofia, baghdad))).toMatchObject({ outcome: 'foreign-community', check: 'ROS-03' });
  });

  it('is refused with a bit of a signature or a letter of its text changed', () => {
    const good = signedBy(next, sofia, baghdad);
    const [first, second] = good.signatures;
    const bent = { ...first!, signature: b64(flipBit(fromB64(first!.signature), 7)) };
    const missing = { outcome: 'missing-signatures' };
    expect(judge({ ...good, signatures: [bent, second!] })).toMatchObject(missing);
    const impossible = { ...first!, signature: first!.signature.slice(0, -1) + '_' };
    expect(judge({ ...good, signatures: [impossible, second!] })).toMatchObject(missing);
    expect(judge({ ...good, roster: good.roster.replace('Sofia', 'Sofja') })).toMatchObject(missing);
  });

  it('is malformed as free text, or with co-chair keys that are not what they say', () => {
    const malformed = { outcome: 'malformed' };
    expect(judge({ roster: '{}', signatures: [] })).toMatchObject({ ...malformed, check: 'ROS-01' });
    expect(judge({ roster: ` ${encodeRoster(next)}`, signatures: [] })).toMatchObject({
      ...malformed,
      check: 'ROS-01',
    });
    const [first, second] = next.coChairs;
    const misnamed = { ...next, coChairs: [{ ...first!, keyId: second!.keyId }, second!] };
    expect(judge(signedBy(misnamed, sofia, baghdad))).toMatchObject({ ...malformed, check: 'ROS-02' });
    const smallOrder = Uint8Array.of(1, ...new Uint8Array(31));
    const weak = { ...first!, publicKey: b64(smallOrder), keyId: keyIdOf(smallOrder) };
    const weakened = { ...next, coChairs: [weak, second!] };
    expect(judge(signedBy(weakened, sofia, baghdad))).toMatchObject({ ...malformed, check: 'ROS-02' });
  });
});
