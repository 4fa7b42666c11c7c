import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  cryptoReady,
  generateSigningKey,
  issueCrl,
  parseDeviceCertificate,
  type RevocationList,
  verifyCrl,
} from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type ContactPointId,
  contactPointOf,
  decodeUntrustedRoster,
  DeviceAddress,
  toBase64url,
} from '#liaison/protocol';
import { foundAuthority } from '../src/ceremony/contact-point-authority.js';
import { demoCommunity } from '../src/ceremony/demo-community.js';
import { enrolDevice } from '../src/ceremony/enrol-device.js';
import { foundCommunity, type FoundedCommunity } from '../src/ceremony/found-community.js';
import { nextList } from '../src/ceremony/revocation-list.js';
import { reviseRoster, type RosterRevision } from '../src/ceremony/roster-revision.js';
import { compromiseOf } from '../src/compromise.js';
import { isLaterLook } from '../src/event-time.js';
import { formerPointsAfter } from '../src/former-points.js';
import { storedList } from '../src/revocation-lists.js';
import { Trust } from '../src/trust.js';

const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const DAY = 24 * 3600 * 1000;
const ports = { clock: { now: () => NOW }, random: systemRandom };
const hub = {
  origin: 'http://127.0.0.1:3000',
  externalSenderKey: toBase64url(new Uint8Array(32).fill(7)),
  logKey: toBase64url(new Uint8Array(32).fill(7)),
};
const desk = DeviceAddress.parse('bg:nikolova:desk-1');
const bulgaria = contactPointOf(desk);
let founded: FoundedCommunity;

beforeAll(async () => {
  await cryptoReady();
  founded = foundCommunity(demoCommunity(), hub, ports);
});

function trustWith(lists: readonly (readonly [ContactPointId, RevocationList])[] = []): Trust {
  return new Trust(founded.roster, decodeUntrustedRoster(founded.roster.roster), new Map(lists));
}

function planOf(contactPoint: ContactPointId) {
  const plan = demoCommunity().contactPoints.find(({ id }) => id === contactPoint);
  if (plan === undefined) throw new Error('No such contact point.');
  return plan;
}

function authorityOf(contactPoint: ContactPointId) {
  const ca = founded.authorities.get(contactPoint);
  if (ca === undefined) throw new Error('No such contact point.');
  return ca;
}

function certificateBy(ca = authorityOf(bulgaria)): Uint8Array {
  const { publicKey } = generateSigningKey(systemRandom);
  const device = { address: desk, officerName: 'Nikolova' };
  const enrolment = { ca, device, devicePublicKey: publicKey, clearance: 'RESTRICTED', duties: ['officer'] } as const;
  return enrolDevice(enrolment, ports);
}

const refusedBy = (check: string) => expect.objectContaining({ code: 'integrity', details: { check } });

describe('a certificate', () => {
  it('is trusted where it leads to a contact point of the roster', () => {
    expect(trustWith().requireGood(certificateBy(), NOW)).toMatchObject({ device: desk });
  });

  it('CLI-30 is not where another CA signed it, nor out of its time, nor where it is none', () => {
    const impostor = foundAuthority(planOf(bulgaria), generateSigningKey(systemRandom), ports);
    const good = certificateBy();
    for (const [der, at] of [
      [certificateBy(impostor), NOW],
      [good, NOW + 400 * DAY],
      [good, NOW - DAY],
      [new Uint8Array(300), NOW],
    ] as const) {
      expect(() => trustWith().requireGood(der, at)).toThrow(refusedBy('CLI-30'));
    }
  });

  it('CLI-30 is judged by the time that is asked for, whatever was asked before', () => {
    const trust = trustWith();
    const good = certificateBy();
    const kinds = [NOW - 4000 * DAY, NOW, NOW + 9000 * DAY, NOW].map((at) => trust.standing(good, at).fault?.kind);
    expect(kinds).toEqual(['not-yet-valid', undefined, 'expired', undefined]);
  });

  it('CLI-31 is not once its contact point has revoked it', () => {
    const certificate = certificateBy();
    const ca = authorityOf(bulgaria);
    const revoked = [{ serial: parseDeviceCertificate(certificate).serial, revokedAt: NOW }];
    const crl = issueCrl({ ca, number: 1, thisUpdate: NOW, nextUpdate: NOW + 7 * DAY, revoked });
    const verified = verifyCrl({ crl, caCertificate: ca.certificate, at: NOW });
    if (verified.outcome !== 'ok') throw new Error(verified.message);
    expect(() => trustWith([[bulgaria, verified.crl]]).requireGood(certificate, NOW)).toThrow(refusedBy('CLI-31'));
  });

  it('CLI-33 is not while its contact point is suspended', () => {
    const { signed, roster, revocationLists } = trustWith();
    const contactPoints = roster.contactPoints.map((point) =>
      point.id === bulgaria ? { ...point, status: 'suspended' as const } : point,
    );
    const suspended = new Trust(signed, { ...roster, contactPoints }, revocationLists);
    expect(() => suspended.requireGood(certificateBy(), NOW)).toThrow(refusedBy('CLI-33'));
  });
});

describe('a certificate is judged as of when something was ordered', () => {
  const HOUR = 3600 * 1000;
  const isGoodAt = (trust: Trust, certificate: Uint8Array, ...times: number[]) =>
    times.map((at) => trust.standingsThen(certificate, at).find(({ fault }) => fault === undefined) !== undefined);

  it('CLI-31 whatever was revoked since, and not after it was', () => {
    const certificate = certificateBy();
    const ca = authorityOf(bulgaria);
    const revoked = [{ serial: parseDeviceCertificate(certificate).serial, revokedAt: NOW + HOUR }];
    const crl = issueCrl({ ca, number: 1, thisUpdate: NOW, nextUpdate: NOW + 7 * DAY, revoked });
    const verified = verifyCrl({ crl, caCertificate: ca.certificate, at: NOW });
    if (verified.outcome !== 'ok') throw new Error(verified.message);
    const trust = trustWith([[bulgaria, verified.crl]]);
    // What was on its way when the list was made had been ordered all the same.
    expect(isGoodAt(trust, certificate, NOW, NOW + HOUR + 60_000, NOW + 2 * HOUR)).toEqual([true, true, false]);
  });

  it('CLI-33 by the roster of that time; by either, while one was on its way', () => {
    const { signed, roster, revocationLists } = trustWith();
    const inRoster = (status: 'active' | 'suspended', issued: number) => ({
      ...roster,
      issuedAt: new Date(issued).toISOString(),
      contactPoints: roster.contactPoints.map((point) => (point.id === bulgaria ? { ...point, status } : point)),
    });
    const suspended = inRoster('suspended', NOW + HOUR);
    const former = formerPointsAfter([], roster, suspended, NOW + 3 * HOUR);
    const certificate = certificateBy();
    const times = [NOW, NOW + 2 * HOUR, NOW + 4 * HOUR];
    expect(isGoodAt(new Trust(signed, suspended, revocationLists, former), certificate, ...times)).toEqual([
      true,
      true,
      false,
    ]);
    const restored = inRoster('active', NOW + 5 * HOUR);
    const later = formerPointsAfter(former, suspended, restored, NOW + 5 * HOUR);
    const trust = new Trust(signed, restored, revocationLists, later);
    expect(isGoodAt(trust, certificate, ...times, NOW + 6 * HOUR)).toEqual([true, true, false, true]);
    expect(trust.hadForfeited(certificate, NOW + 2 * HOUR)).toBe(true);
    expect(trust.hadForfeited(certificate, NOW + 6 * HOUR)).toBe(false);
    // The restored version had been signed, and was on its way.
    const onItsWay = new Trust(
      signed,
      restored,
      revocationLists,
      formerPointsAfter(former, suspended, restored, NOW + 7 * HOUR),
    );
    expect(onItsWay.hadForfeited(certificate, NOW + 6 * HOUR)).toBe(true);
  });

  it('CLI-30 by the CA of that time, though the roster names another now', () => {
    const { signed, roster, revocationLists } = trustWith();
    const next = foundAuthority(planOf(bulgaria), generateSigningKey(systemRandom), ports);
    const changed = {
      ...roster,
      issuedAt: new Date(NOW + HOUR).toISOString(),
      contactPoints: roster.contactPoints.map((point) =>
        point.id === bulgaria ? { ...point, caCertificate: toBase64url(next.certificate) } : point,
      ),
    };
    const former = formerPointsAfter([], roster, changed, NOW + HOUR);
    const trust = new Trust(signed, changed, revocationLists, former);
    expect(isGoodAt(trust, certificateBy(), NOW, NOW + 2 * HOUR)).toEqual([true, false]);
    expect(isGoodAt(trust, certificateBy(next), NOW, NOW + 2 * HOUR)).toEqual([false, true]);
  });

  it('a CA whose time is over has not lost its devices: they are flagged, and nobody puts them out', () => {
    const { fault } = trustWith().standing(certificateBy(), NOW + 9000 * DAY);
    expect(fault?.kind).toBe('expired');
    expect(trustWith().hasForfeited(certificateBy(), NOW + 9000 * DAY)).toBe(false);
  });
});

describe('what a contact point sent that was declared compromised', () => {
  const HOUR = 3600 * 1000;
  const time = (hours: number) => new Date(NOW + hours * HOUR).toISOString();

  it('is marked from then on until it is let in again, and a second declaration adds to the first', () => {
    const first = decodeUntrustedRoster(founded.roster.roster);
    const steps: readonly (readonly [hours: number, revision: RosterRevision])[] = [
      [2, { compromised: new Map([[bulgaria, time(1)]]) }],
      [5, { restore: [bulgaria] }],
      [9, { compromised: new Map([[bulgaria, time(8)]]) }],
    ];
    let [roster, former] = [first, formerPointsAfter([], first, first, NOW)];
    for (const [hours, revision] of steps) {
      const next = reviseRoster(roster, revision, { now: () => NOW + hours * HOUR });
      former = formerPointsAfter(former, roster, next, NOW + hours * HOUR);
      roster = next;
    }
    const trust = new Trust(founded.roster, roster, new Map(), former);
    const isMarked = (hours: number) => compromiseOf({ sender: desk, storedAt: time(hours) }, trust) !== undefined;
    expect([0, 1.5, 3, 6, 8.5, 10].map(isMarked)).toEqual([false, true, true, false, true, true]);
    expect(compromiseOf({ sender: desk, storedAt: time(1.5) }, trust)).toMatchObject({ since: time(1) });
  });

  it('by a device that is revoked twice is marked from the earlier time', () => {
    const ca = authorityOf(bulgaria);
    const lists = [2, 3].reduce<Uint8Array | undefined>((last, hours) => {
      const read = last && verifyCrl({ crl: last, caCertificate: ca.certificate, at: NOW });
      const known = read !== undefined && 'crl' in read ? read.crl : undefined;
      return nextList(ca, known, [{ serial: '05', invalidSince: NOW - (4 - hours) * HOUR }], ports.clock);
    }, undefined);
    const read = verifyCrl({ crl: lists ?? new Uint8Array(), caCertificate: ca.certificate, at: NOW });
    expect('crl' in read && read.crl.revoked.get('05')).toMatchObject({ invalidSince: NOW - 2 * HOUR });
  });
});

describe('a revocation list that was taken', () => {
  it('counts whatever the clock says, as long as the roster has its CA', () => {
    const roster = decodeUntrustedRoster(founded.roster.roster);
    const der = nextList(authorityOf(bulgaria), undefined, [{ serial: '0a' }], ports.clock);
    for (const at of [NOW - 365 * DAY, NOW, NOW + 365 * DAY])
      expect(storedList(roster, bulgaria, der, at)?.revoked.has('0a')).toBe(true);
    expect(storedList(roster, contactPointOf(DeviceAddress.parse('hu:nagy:desk-1')), der, NOW)).toBeUndefined();
  });
});

it.each([
  ['a first one', 0, undefined, true],
  ['a later one', 5, 4, true],
  ['one a moment later, not worth writing down', 4.5, 4, false],
  ['one that was asked for earlier and answered later', 0, 60, false],
  ['one before a clock was put back', 60, 120, true],
])('when a device had last seen all: %s', (_name, askedAt, before, isLater) => {
  const minutes = (count: number) => count * 60_000;
  expect(isLaterLook(minutes(askedAt), before && minutes(before), minutes(60))).toBe(isLater);
});
