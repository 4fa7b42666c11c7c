import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signingKeyFromSeed, cryptoReady } from '#liaison/crypto';
import {
  decodeNote,
  decodeUntrustedCheckpoint,
  decodeVerifierKey,
  decodeWitnessPolicy,
  encodeCheckpoint,
  encodeNote,
  encodeVerifierKey,
  logOrigin,
  rosterWitnesses,
  signNote,
  thresholdPolicy,
  verifierKey,
  verifyCheckpoint,
  verifyNoteSignature,
} from '#liaison/tlog';
import { Roster } from '#liaison/protocol';
import { readFileSync } from 'node:fs';
import { refusalOf } from '../../protocol/test/refusal.js';
import { ORIGIN, policy, witnessVerifiers } from './golden/community.js';
import { checkpoint, cosignedAt, SIZE } from './golden/log.js';

await cryptoReady();

/** The example in the documentation of Go's golang.org/x/mod/sumdb/note, the format's first implementation. */
const GO = {
  signer: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};

describe('signed notes of other implementations', () => {
  it('are made byte for byte', () => {
    const seed = new Uint8Array(Buffer.from(GO.signer.split('+').slice(4).join('+'), 'base64').subarray(1));
    const key = signingKeyFromSeed(seed);
    const signature = signNote(GO.text, 'PeterNeumann', key);
    expect(encodeNote({ text: GO.text, signatures: [signature] })).toBe(`${GO.text}\n${GO.line}`);
    expect(encodeVerifierKey(verifierKey('log', 'PeterNeumann', key.publicKey))).toBe(GO.verifier);
  });

  it('are verified', () => {
    const note = decodeNote(`${GO.text}\n${GO.line}`);
    const key = decodeVerifierKey(GO.verifier);
    expect(note.signatures.map((each) => verifyNoteSignature(note.text, each, key))).toEqual([true]);
    expect(note.signatures.map((each) => verifyNoteSignature(`${note.text}\n`, each, key))).toEqual([false]);
  });

  it.each([
    ['log', 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['log', 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'],
    ['log', 'TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6'],
    ['witness', 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'],
  ])('keys of a %s: %s', (role, vkey) => {
    expect(decodeVerifierKey(vkey).role).toBe(role);
    expect(encodeVerifierKey(decodeVerifierKey(vkey))).toBe(vkey);
  });
});

/** A checkpoint that a public log of Certificate Transparency served, with the cosignature of a public witness. */
const PUBLIC_LOG = {
  log: 'arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f',
  witness: 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
  note: `arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u2014 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u2014 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
`,
};

describe('a checkpoint of a public log', () => {
  const trusting = thresholdPolicy([decodeVerifierKey(PUBLIC_LOG.log)], [decodeVerifierKey(PUBLIC_LOG.witness)], 1);

  it('is verified with its witness', () => {
    expect(verifyCheckpoint({ note: PUBLIC_LOG.note, policy: trusting })).toMatchObject({
      outcome: 'ok',
      checkpoint: { size: 1_432_088_532 },
      cosigned: [{ witness: 'remora.n621.de', time: 0x6a122120 }],
    });
  });

  it('is refused with another second in the cosignature: LOG-05', () => {
    const note = PUBLIC_LOG.note.replace('2net5wAAAABqEiEg', '2net5wAAAABqEiEh');
    expect(verifyCheckpoint({ note, policy: trusting })).toMatchObject({ outcome: 'bad-signature', check: 'LOG-05' });
  });
});

describe('a note', () => {
  it('may hold empty lines: the last one parts the text from the signatures', () => {
    const text = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n';
    const note = decodeNote(`${text}\n${GO.line}`);
    expect(note.text).toBe(text);
  });

  it('is refused for every name that is none', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b', 'a\u0085b', 'x'.repeat(256)]) {
      expect(refusalOf(() => decodeNote(`t\n\n— ${name} AAAAAAA=\n`)).details.check).toBe('LOG-01');
      expect(refusalOf(() => verifierKey('log', name, new Uint8Array(32))).details.check).toBe('LOG-20');
    }
  });

  it('is refused for small-order keys, and a signature that is too short: LOG-20, LOG-01', () => {
    const zero = Uint8Array.from({ length: 32 }, (_, place) => (place === 0 ? 1 : 0));
    expect(refusalOf(() => verifierKey('log', 'a', zero)).details.check).toBe('LOG-20');
    expect(refusalOf(() => decodeNote('t\n\n— a AAAAAA==\n')).details.check).toBe('LOG-01');
  });
});

describe('a checkpoint', () => {
  it('may have extension lines, which are read and not used', () => {
    const extended = { origin: ORIGIN, size: 0, root: new Uint8Array(32), extensions: ['one', 'two'] };
    expect(decodeUntrustedCheckpoint(encodeCheckpoint(extended))).toEqual(extended);
    expect(refusalOf(() => encodeCheckpoint({ ...extended, extensions: [''] })).code).toBe('usage');
    expect(refusalOf(() => encodeCheckpoint({ ...extended, origin: 'a\nb' })).code).toBe('usage');
    expect(refusalOf(() => encodeCheckpoint({ ...extended, size: -1 })).code).toBe('usage');
  });

  it('is never believed with a changed character', () => {
    const good = checkpoint(SIZE);
    const at = cosignedAt(SIZE) * 1000;
    const [text = ''] = good.split('\n\n');
    const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(change, ([place, character]) => {
        const changed = good.slice(0, place) + character + good.slice(place + 1);
        fc.pre(changed !== good);
        const verified = verifyCheckpoint({ note: changed, policy, at });
        // Where only the dash, name or id of a cosignature changed, it may become a stranger's: then the quorum is missed.
        expect(verified.outcome).not.toBe('ok');
        if (place < text.length) expect(['malformed', 'foreign-log', 'bad-signature']).toContain(verified.outcome);
      }),
      { numRuns: 300 },
    );
  });

  it('has the origin that the hub’s address gives', () => {
    expect(logOrigin('https://hub.example:8443')).toBe(ORIGIN);
    expect(logOrigin('http://localhost:3000')).toBe('localhost:3000/v1/log');
  });
});

describe('witnesses', () => {
  it('come from the roster: active contact points with a witness key', () => {
    const vectors = JSON.parse(readFileSync('vectors/crypto/roster.json', 'utf8')) as {
      cases: { candidate: { roster: string } }[];
    };
    const roster = Roster.parse(JSON.parse(vectors.cases[0]!.candidate.roster));
    const witnessKey = Buffer.from(witnessVerifiers[0]!.publicKey).toString('base64url');
    const [point] = roster.contactPoints;
    const contactPoints = [{ ...point!, witnessKey }, { ...point!, status: 'suspended' as const, witnessKey }, point!];
    expect(rosterWitnesses(roster)).toEqual([]);
    expect(rosterWitnesses({ ...roster, contactPoints })).toEqual([witnessVerifiers[0]]);
  });

  it('count once: a policy with the same key under two names is refused', () => {
    const [one] = witnessVerifiers;
    const again = verifierKey('witness', 'other.example/w', one!.publicKey);
    expect(refusalOf(() => thresholdPolicy([], [one!, again], 2)).code).toBe('usage');
    expect(refusalOf(() => thresholdPolicy([], [one!, one!], 2)).code).toBe('usage');
    expect(refusalOf(() => thresholdPolicy([], [one!], 2)).code).toBe('usage');
    expect(thresholdPolicy([], witnessVerifiers, 0).quorum).toBe('none');
    const named = { ...one!, name: 'quorum' };
    expect(refusalOf(() => thresholdPolicy([], [named], 1)).code).toBe('usage');
    expect(refusalOf(() => decodeWitnessPolicy('quorum none')).details.check).toBe('LOG-21');
  });
});
