import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as peculiar from '@peculiar/x509';
import { describe, expect, it } from '@jest/globals';
import { type DeviceAddress, SignInPolicy } from '#liaison/protocol';
import {
  createCertificateAuthority,
  cryptoReady,
  issueCrl,
  parseCaCertificate,
  parseDeviceCertificate,
  signSignInPolicy,
  verifiedSignInPolicy,
  verifyCrl,
  verifyListByAuthorities,
  revokedAtOf,
  verifySuccession,
  verifyDeviceCertificate,
} from '#liaison/crypto';
import { TAG, writeElement, writeInteger, writeSequence, writeUtf8String } from '../src/der.js';
import { writeTbsCertificate } from '../src/tbs-certificate.js';
import { keyIdentifierOf, readSigned, writeSigned } from '../src/x509.js';
import { authorityKeyIdentifier, subjectKeyIdentifier, writeExtension } from '../src/x509-extensions.js';
import { writeCaName, writeDeviceName, writeUriName } from '../src/x509-names.js';
import {
  BG,
  bytesOf,
  caOf,
  certificateOf,
  DAY,
  DESK,
  flipBit,
  IQ,
  keyOf,
  NOW,
  outcomeOf,
  seededRandom,
  text,
} from './fixtures.js';

await cryptoReady();

const ca = caOf(BG);
const certificate = certificateOf(ca);
const verify = (changes: Partial<Parameters<typeof verifyDeviceCertificate>[0]> = {}) =>
  verifyDeviceCertificate({ certificate, caCertificate: ca.certificate, contactPoint: BG, at: NOW, ...changes });
const { serial } = parseDeviceCertificate(certificate);
const crlOf = (number: number, revoked: Parameters<typeof issueCrl>[0]['revoked'] = [], authority = ca) =>
  issueCrl({ ca: authority, number, thisUpdate: NOW, nextUpdate: NOW + 7 * DAY, revoked });

const KEY_USAGE = writeExtension('keyUsage', true, writeElement(TAG.bitString, Uint8Array.of(7, 0x80)));
const san = (uri: string) => writeExtension('subjectAltName', false, writeUriName(uri));
const authorization = (json: string) => writeExtension('authorization', false, writeUtf8String(json));
const GOOD_EXTENSIONS = [
  KEY_USAGE,
  san(`urn:liaison:${DESK}`),
  authorization('{"clearance":"SECRET","duties":["officer"]}'),
  authorityKeyIdentifier(ca.key.publicKey),
];

const CA_EXTENSIONS = [
  writeExtension(
    'basicConstraints',
    true,
    writeSequence(writeElement(TAG.boolean, Uint8Array.of(0xff)), writeInteger(0)),
  ),
  writeExtension('keyUsage', true, writeElement(TAG.bitString, Uint8Array.of(1, 0x06))),
  san('urn:liaison:bg'),
  subjectKeyIdentifier(ca.key.publicKey),
];

/** A certificate that a dishonest CA signs as it likes. */
function forged(changes: Partial<Parameters<typeof writeTbsCertificate>[0]>): Uint8Array {
  const tbs = writeTbsCertificate({
    serial: '41',
    issuer: parseCaCertificate(ca.certificate).name,
    subject: writeDeviceName('bg', 'Petrova', DESK),
    notBefore: NOW - DAY,
    notAfter: NOW + DAY,
    publicKey: keyOf('petrova desk-1').publicKey,
    extensions: GOOD_EXTENSIONS,
    ...changes,
  });
  return writeSigned(tbs, ca.key);
}

describe('a device certificate', () => {
  it('says what was put into it', () => {
    const result = verify();
    expect(result.outcome).toBe('ok');
    expect(result.certificate).toEqual({
      device: DESK,
      officerName: 'Елена Петрова',
      publicKey: keyOf('petrova desk-1').publicKey,
      clearance: 'SECRET',
      duties: ['officer', 'administrator'],
      notBefore: NOW - DAY,
      notAfter: NOW + 90 * DAY,
      serial,
      issuerKeyId: keyIdentifierOf(ca.key.publicKey),
    });
    expect(verify({ caCertificate: parseCaCertificate(ca.certificate) })).toEqual(result);
  });

  it('is refused outside its time, and outside its CA’s', () => {
    expect(verify({ at: NOW - 2 * DAY })).toMatchObject({ outcome: 'not-yet-valid', check: 'CRT-12' });
    expect(verify({ at: NOW + 91 * DAY })).toMatchObject({
      outcome: 'expired',
      check: 'CRT-13',
      certificate: { device: DESK },
    });
    expect(verify({ at: NOW + 3651 * DAY })).toMatchObject({ outcome: 'issuer-not-valid', check: 'CRT-10' });
  });

  it('is refused by the CA of somebody else, and by a CA of the same name with another key', () => {
    const wrongIssuer = { outcome: 'wrong-issuer', check: 'CRT-06' };
    expect(verify({ caCertificate: caOf(IQ).certificate })).toMatchObject(wrongIssuer);
    expect(verify({ caCertificate: caOf(BG, 'impostor').certificate })).toMatchObject(wrongIssuer);
  });

  it('is refused where a CA speaks for another contact point', () => {
    const foreign = { outcome: 'foreign-contact-point', check: 'CRT-08' };
    expect(verify({ contactPoint: IQ })).toMatchObject(foreign);
    const stranger = 'iq:hassan:desk-1' as DeviceAddress;
    const extensions = [KEY_USAGE, san(`urn:liaison:${stranger}`), ...GOOD_EXTENSIONS.slice(2)];
    const certificate = forged({ subject: writeDeviceName('iq', 'Hassan', stranger), extensions });
    expect(verify({ certificate })).toMatchObject(foreign);
    expect(outcomeOf(() => certificateOf(ca, { device: stranger })).outcome).toBe('usage');
  });

  it('is not issued with a key that is not the CA’s', () => {
    const mixed = { certificate: ca.certificate, key: keyOf('another CA') };
    expect(outcomeOf(() => certificateOf(mixed)).outcome).toBe('usage');
    expect(outcomeOf(() => crlOf(1, [], mixed)).outcome).toBe('usage');
  });

  it('is refused beyond 180 days, by issuer and verifier', () => {
    const validity = { notBefore: NOW, notAfter: NOW + 180 * DAY + 1000 };
    expect(outcomeOf(() => certificateOf(ca, validity)).outcome).toBe('usage');
    expect(verify({ certificate: forged(validity) })).toMatchObject({ outcome: 'too-long', check: 'CRT-09' });
    expect(verify({ certificate: forged({ ...validity, notAfter: NOW + 180 * DAY }) }).outcome).toBe('ok');
  });

  it('is refused with any bit changed', () => {
    const caCertificate = parseCaCertificate(ca.certificate);
    for (let bit = 0; bit < certificate.length * 8; bit += 1) {
      expect(verify({ certificate: flipBit(certificate, bit), caCertificate }).outcome).not.toBe('ok');
    }
    const signatureBit = (certificate.length - 1) * 8;
    expect(verify({ certificate: flipBit(certificate, signatureBit) })).toMatchObject({
      outcome: 'bad-signature',
      check: 'CRT-07',
    });
  });

  const twoNames = writeSequence(
    writeElement(0x86, text(`urn:liaison:${DESK}`)),
    writeElement(0x86, text('urn:liaison:bg:ivanov:desk-1')),
  );
  const unknown = (critical: boolean) =>
    writeSequence(
      writeElement(TAG.oid, Uint8Array.of(0x2a, 0x03)),
      ...(critical ? [writeElement(TAG.boolean, Uint8Array.of(0xff))] : []),
      writeElement(TAG.octetString, Uint8Array.of(5, 0)),
    );
  const withSecond = (index: number, extension: Uint8Array) => GOOD_EXTENSIONS.with(index, extension);

  it.each<[string, string, Uint8Array[]]>([
    ['a second name', 'CRT-03', withSecond(1, writeExtension('subjectAltName', false, twoNames))],
    ['a second list of names', 'CRT-04', [...GOOD_EXTENSIONS, san('urn:liaison:bg:ivanov:desk-1')]],
    ['a name that its subject contradicts', 'CRT-03', withSecond(1, san('urn:liaison:bg:ivanov:desk-1'))],
    ['a name that is no device', 'CRT-03', withSecond(1, san('urn:liaison:bg'))],
    ['a web address for a name', 'CRT-03', withSecond(1, san('https://example.org/'))],
    ['no name', 'CRT-04', GOOD_EXTENSIONS.toSpliced(1, 1)],
    ['an unknown critical extension', 'CRT-04', [...GOOD_EXTENSIONS, unknown(true)]],
    [
      'the powers of a CA',
      'CRT-04',
      [...GOOD_EXTENSIONS, writeExtension('basicConstraints', true, Uint8Array.of(0x30, 0))],
    ],
    ['another key usage', 'CRT-04', withSecond(0, writeExtension('keyUsage', true, Uint8Array.of(3, 2, 1, 6)))],
    [
      'a key usage that is not critical',
      'CRT-04',
      withSecond(0, writeExtension('keyUsage', false, Uint8Array.of(3, 2, 7, 0x80))),
    ],
    ['no duties', 'CRT-05', withSecond(2, authorization('{"clearance":"SECRET","duties":[]}'))],
    ['an unknown duty', 'CRT-05', withSecond(2, authorization('{"clearance":"SECRET","duties":["king"]}'))],
    ['a duty twice', 'CRT-05', withSecond(2, authorization('{"clearance":"SECRET","duties":["officer","officer"]}'))],
    ['an unknown clearance', 'CRT-05', withSecond(2, authorization('{"clearance":"COSMIC","duties":["officer"]}'))],
    [
      'an authorization with more members',
      'CRT-05',
      withSecond(2, authorization('{"clearance":"SECRET","duties":["officer"],"x":1}')),
    ],
    [
      'an authorization not in canonical form',
      'CRT-05',
      withSecond(2, authorization('{"duties":["officer"],"clearance":"SECRET"}')),
    ],
    ['no authorization', 'CRT-04', GOOD_EXTENSIONS.toSpliced(2, 1)],
  ])('is refused with %s, though its CA signed it', (_what, check, extensions) => {
    expect(verify({ certificate: forged({ extensions }) })).toMatchObject({ outcome: 'malformed', check });
  });

  it('may carry an unknown extension that is not critical', () => {
    expect(verify({ certificate: forged({ extensions: [...GOOD_EXTENSIONS, unknown(false)] }) }).outcome).toBe('ok');
  });

  it.each<[string, string, Uint8Array]>([
    ['bytes after the end', 'CRT-01', Uint8Array.of(...certificate, 0)],
    ['a missing end', 'CRT-01', certificate.subarray(0, -1)],
    ['nothing', 'CRT-01', new Uint8Array()],
    ['an indefinite length', 'CRT-01', Uint8Array.of(0x30, 0x80, ...certificate.subarray(4), 0, 0)],
    ['a key of small order', 'CRT-02', forged({ publicKey: Uint8Array.of(1, ...new Uint8Array(31)) })],
    ['a negative serial number', 'CRT-02', forged({ serial: 'ff' })],
    ['a control character in a name', 'CRT-03', forged({ subject: writeDeviceName('bg', 'Pet\u001b[2Jrova', DESK) })],
    ['text direction marks in a name', 'CRT-03', forged({ subject: writeDeviceName('bg', 'Pet\u202erova', DESK) })],
  ])('is malformed with %s', (_what, check, bytes) => {
    expect(verify({ certificate: bytes })).toMatchObject({ outcome: 'malformed', check });
  });

  it('is malformed where the signed part names another algorithm than the signature', () => {
    const { tbs } = readSigned(certificate);
    const ed25519 = '300506032b6570';
    const ed448 = '300506032b6571';
    const altered = bytesOf(Buffer.from(tbs).toString('hex').replace(ed25519, ed448));
    const inner = { outcome: 'malformed', check: 'CRT-01' };
    expect(verify({ certificate: writeSigned(altered, ca.key) })).toMatchObject(inner);
    const whole = Buffer.from(certificate).toString('hex');
    const outer = whole.lastIndexOf(ed25519);
    const relabelled = bytesOf(whole.slice(0, outer) + ed448 + whole.slice(outer + ed448.length));
    expect(verify({ certificate: relabelled })).toMatchObject(inner);
  });

  it('cannot be the CA’s own certificate, nor stand in for it', () => {
    expect(verify({ certificate: ca.certificate }).outcome).toBe('malformed');
    expect(verify({ caCertificate: certificate }).outcome).toBe('malformed');
    expect(outcomeOf(() => parseCaCertificate(flipBit(ca.certificate, (ca.certificate.length - 1) * 8)))).toEqual({
      outcome: 'bad-signature',
      check: 'CRT-07',
    });
  });

  it('CRT-14: a CA certificate names itself as issuer, with its own key', () => {
    const authority = { name: writeCaName(BG, 'A CA'), keyIdentifier: ca.key.publicKey };
    const caCertificate = ({ name, keyIdentifier }: typeof authority) =>
      forged({
        issuer: name,
        subject: authority.name,
        publicKey: ca.key.publicKey,
        extensions: [...CA_EXTENSIONS, authorityKeyIdentifier(keyIdentifier)],
      });
    expect(outcomeOf(() => parseCaCertificate(caCertificate(authority))).outcome).toBe('ok');
    for (const change of [{ name: writeCaName(BG, 'Another CA') }, { keyIdentifier: keyOf('another').publicKey }]) {
      expect(outcomeOf(() => parseCaCertificate(caCertificate({ ...authority, ...change })))).toEqual({
        outcome: 'malformed',
        check: 'CRT-14',
      });
    }
  });
});

describe('a revocation list', () => {
  const revocation = { serial, revokedAt: NOW, reason: 'keyCompromise' } as const;
  const read = (crl: Uint8Array, changes: { at?: number; lastNumber?: number; caCertificate?: Uint8Array } = {}) =>
    verifyCrl({ crl, caCertificate: ca.certificate, at: NOW, ...changes });
  const listOf = (crl: Uint8Array) => {
    const result = read(crl);
    if (result.outcome !== 'ok') throw new Error(result.message);
    return result.crl;
  };

  it('revokes, even what has expired', () => {
    const crl = listOf(crlOf(7, [revocation, { serial: '05', revokedAt: NOW }]));
    expect(crl).toMatchObject({ number: 7, thisUpdate: NOW, nextUpdate: NOW + 7 * DAY });
    expect(crl.revoked.get(serial)).toEqual(revocation);
    expect(crl.revoked.get('05')).toEqual({ serial: '05', revokedAt: NOW });
    const revoked = { outcome: 'revoked', check: 'CRT-11', certificate: { device: DESK } };
    expect(verify({ crl })).toMatchObject(revoked);
    expect(verify({ crl, at: NOW + 91 * DAY })).toMatchObject(revoked);
    expect(verify({ crl: listOf(crlOf(8)) }).outcome).toBe('ok');
  });

  it('says nothing about the certificates of another CA', () => {
    const iq = caOf(IQ);
    const foreign = verifyCrl({ crl: crlOf(1, [revocation], iq), caCertificate: iq.certificate, at: NOW });
    expect(foreign).toMatchObject({ outcome: 'ok' });
    expect(foreign.outcome === 'ok' && verify({ crl: foreign.crl }).outcome).toBe('ok');
  });

  it('is refused when it goes back, is early, forged or foreign; and flagged when it is stale', () => {
    const crl = crlOf(7, [revocation]);
    expect(read(crl, { lastNumber: 7 }).outcome).toBe('ok');
    expect(read(crl, { lastNumber: 8 })).toMatchObject({ outcome: 'rolled-back', check: 'CRL-04' });
    expect(read(crl, { at: NOW - 300_000 }).outcome).toBe('ok');
    expect(read(crl, { at: NOW - 300_001 })).toMatchObject({
      outcome: 'not-yet-valid',
      check: 'CRL-05',
      crl: { number: 7 },
    });
    expect(read(crl, { at: NOW + 8 * DAY })).toMatchObject({ outcome: 'expired', check: 'CRL-06', crl: { number: 7 } });
    expect(read(crl, { caCertificate: caOf(IQ).certificate })).toMatchObject({
      outcome: 'wrong-issuer',
      check: 'CRL-02',
    });
    const forgedList = flipBit(crl, (crl.length - 1) * 8);
    expect(read(forgedList)).toMatchObject({ outcome: 'bad-signature', check: 'CRL-03' });
    expect(read(Uint8Array.of(...crl, 0))).toMatchObject({ outcome: 'malformed', check: 'CRL-01' });
    expect(read(certificate)).toMatchObject({ outcome: 'malformed', check: 'CRL-01' });
    for (let bit = 0; bit < crl.length * 8; bit += 7) expect(read(flipBit(crl, bit)).outcome).not.toBe('ok');
  });

  it('CRL-07, CRL-08 is refused where it has the number of another, or leaves out what was revoked', () => {
    const last = listOf(crlOf(7, [revocation]));
    expect(verifySuccession(read(crlOf(7, [revocation])), last).outcome).toBe('ok');
    expect(verifySuccession(read(crlOf(7, [revocation, { serial: '05', revokedAt: NOW }])), last)).toMatchObject({
      outcome: 'contradicts',
      check: 'CRL-07',
    });
    expect(verifySuccession(read(crlOf(8)), last)).toMatchObject({ outcome: 'incomplete', check: 'CRL-08' });
  });

  it('CRL-09 is told where it changes dates or goes back before the list before it, and revokes by the dates that count', () => {
    const last = listOf(crlOf(7, [revocation]));
    const follows = (crl: Uint8Array, before = last) => verifySuccession(read(crl), before);
    const [early, late] = [NOW - 300_000, NOW - 301_000].map((revokedAt) => ({ serial: '05', revokedAt }));
    if (early === undefined || late === undefined) throw new Error('unreachable');
    expect(follows(crlOf(8, [revocation, early])).outcome).toBe('ok');
    const changed = { ...revocation, revokedAt: NOW - DAY };
    for (const [list, at, counts] of [
      [[changed], serial, NOW],
      [[revocation, late], '05', NOW - 300_000],
    ] as const) {
      const told = follows(crlOf(8, list));
      if (told.outcome !== 'back-dated') throw new Error(told.outcome);
      expect([told.check, revokedAtOf(told.crl, at)]).toEqual(['CRL-09', counts]);
      const next = follows(crlOf(9, list), told.crl);
      expect(next.outcome === 'ok' && revokedAtOf(next.crl, at)).toBe(counts);
    }
  });

  it('of a CA that was replaced does not use up the numbers of the next, and is carried on while that CA counts', () => {
    const next = caOf(BG, 'the next ca');
    const [current, before] = [next, ca].map(({ certificate }) => parseCaCertificate(certificate));
    if (current === undefined || before === undefined) throw new Error('unreachable');
    const last = listOf(crlOf(Number.MAX_SAFE_INTEGER, [revocation]));
    const follows = (list: Uint8Array, at: number) =>
      verifyListByAuthorities({
        crl: list,
        at,
        last,
        authorities: { current, previous: { ca: before, until: NOW + DAY } },
      });
    expect(follows(crlOf(1, [revocation], next), NOW).outcome).toBe('ok');
    expect(follows(crlOf(1, [], next), NOW)).toMatchObject({ check: 'CRL-08' });
    expect(follows(crlOf(1, [], next), NOW + 2 * DAY).outcome).toBe('ok');
  });

  it('has a number from 1 and serial numbers as certificates give them', () => {
    expect(outcomeOf(() => crlOf(0)).outcome).toBe('usage');
    expect(outcomeOf(() => crlOf(1, [{ serial: 'FF', revokedAt: NOW }])).outcome).toBe('usage');
  });
});

describe('a sign-in policy', () => {
  it('SPO-02 is of the CA, and of the one before it only until the next has signed one', () => {
    const [before, next] = [ca, caOf(BG, 'the next ca')];
    const [former, current] = [before, next].map(({ certificate }) => parseCaCertificate(certificate));
    if (current === undefined || former === undefined) throw new Error('unreachable');
    const authorities = { current, previous: { ca: former, until: NOW + DAY } };
    const issuedAt = new Date(NOW).toISOString();
    const policy = SignInPolicy.parse({ v: 1, contactPoint: BG, number: 1, issuedAt, secondFactor: 'none', hours: 1 });
    const [old, fresh] = [before, next].map(({ key }) => signSignInPolicy(policy, key));
    const judge = (signed = old!, last?: typeof old, at = NOW) =>
      outcomeOf(() => verifiedSignInPolicy(signed, { contactPoint: BG, authorities, last, at })).check ?? 'ok';
    expect([judge(), judge(old, old), judge(fresh, old), judge(fresh, fresh)]).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect([judge(old, fresh), judge(old, old, NOW + 2 * DAY)]).toEqual(['SPO-02', 'SPO-02']);
  });
});

describe('other implementations', () => {
  it('node:crypto reads and verifies both certificates', () => {
    const issuer = new X509Certificate(ca.certificate);
    const leaf = new X509Certificate(certificate);
    expect(leaf.verify(issuer.publicKey)).toBe(true);
    expect(leaf.checkIssued(issuer)).toBe(true);
    expect(issuer.verify(issuer.publicKey)).toBe(true);
    expect([issuer.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.subjectAltName).toBe(`URI:urn:liaison:${DESK}`);
    expect(leaf.serialNumber.toLowerCase()).toBe(serial);
    expect(new Date(leaf.validTo).getTime()).toBe(NOW + 90 * DAY);
  });

  it('@peculiar/x509 reads and verifies certificate and list', async () => {
    const issuer = new peculiar.X509Certificate(new Uint8Array(ca.certificate));
    const leaf = new peculiar.X509Certificate(new Uint8Array(certificate));
    const key = await issuer.publicKey.export({ name: 'Ed25519' }, ['verify'], crypto);
    expect(await leaf.verify({ publicKey: key, signatureOnly: true }, crypto)).toBe(true);
    expect(leaf.subjectName.getField('CN')).toEqual(['Елена Петрова']);
    const list = new peculiar.X509Crl(new Uint8Array(crlOf(300, [{ serial, revokedAt: NOW, reason: 'superseded' }])));
    expect(list.entries.map((entry) => [entry.serialNumber, entry.reason])).toEqual([[serial, 4]]);
  });

  it('openssl verifies the chain in strict mode, and the list', () => {
    const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    const openssl = (...args: string[]) =>
      execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    try {
      writeFileSync(join(folder, 'ca.pem'), new X509Certificate(ca.certificate).toString());
      writeFileSync(join(folder, 'device.pem'), new X509Certificate(certificate).toString());
      writeFileSync(join(folder, 'list.der'), crlOf(2, [{ serial, revokedAt: NOW }]));
      openssl('crl', '-inform', 'DER', '-in', 'list.der', '-out', 'list.pem');
      const chain = ['verify', '-x509_strict', '-attime', String(NOW / 1000), '-CAfile', 'ca.pem'];
      expect(openssl(...chain, 'device.pem')).toContain('OK');
      expect(() => openssl(...chain, '-crl_check', '-CRLfile', 'list.pem', 'device.pem')).toThrow('revoked');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('a CA can have its certificate valid beyond 2049', () => {
  const far = createCertificateAuthority({
    contactPoint: BG,
    commonName: 'Long-lived CA',
    key: keyOf('far'),
    notBefore: NOW,
    notAfter: Date.UTC(2051, 5, 1),
    random: seededRandom('far'),
  });
  expect(parseCaCertificate(far.certificate).notAfter).toBe(Date.UTC(2051, 5, 1));
  expect(new Date(new X509Certificate(far.certificate).validTo).getTime()).toBe(Date.UTC(2051, 5, 1));
});
