import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ContactPointId, decodeUntrustedRoster, fromUtf8, type SignedRoster } from '#liaison/protocol';
import {
  CHAIN_START,
  commitEventHash,
  cryptoReady,
  nextChainHash,
  openBlob,
  openBody,
  openSealed,
  openWithPassphrase,
  type PassphraseCost,
  proposalEventHash,
  recordEventHash,
  recordHashes,
  recordSignedBytes,
  sealBlob,
  sealBody,
  sealToPublicKey,
  sealWithPassphrase,
  sign,
  signingKeyFromSeed,
  signRecord,
  unwrapKey,
  verify,
  verifyCrl,
  verifyDeviceCertificate,
  verifyRecord,
  verifyRosterUpdate,
  wrapKey,
} from '#liaison/crypto';
import { b64, fromB64, outcomeOf, scriptedRandom, text } from './fixtures.js';

await cryptoReady();

/** The golden vectors of `vectors/crypto`: frozen, so that no change of ours alters a byte on the wire unseen. */
interface Case {
  readonly name: string;
  readonly outcome: string;
  readonly check?: string;
}

function vectorsOf<Fields>(name: string): [string, Case & Fields][] {
  const url = new URL(`../../../vectors/crypto/${name}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: (Case & Fields)[] };
  return cases.map((each) => [`${each.outcome}: ${each.name}`, each]);
}

const expected = ({ outcome, check }: Case) => ({ outcome, check });
const verified = (valid: boolean) => (valid ? 'ok' : 'bad-signature');

describe('signing', () => {
  type Fields = { context: string; message: string; publicKey: string; signature: string; seed?: string };
  it.each(vectorsOf<Fields>('signing'))('%s', (_name, vector) => {
    const { context, message, publicKey, signature, seed } = vector;
    expect(verified(verify(context, fromB64(message), fromB64(signature), fromB64(publicKey)))).toBe(vector.outcome);
    if (seed === undefined) return;
    expect(b64(sign(context, fromB64(message), signingKeyFromSeed(fromB64(seed))))).toBe(signature);
  });
});

describe('body', () => {
  type Fields = { header: string; contentKey: string; body: string; plaintext: string; random?: string };
  it.each(vectorsOf<Fields>('body'))('%s', (_name, vector) => {
    const header = text(vector.header);
    const open = () => openBody({ contentKey: fromB64(vector.contentKey), body: fromB64(vector.body), header });
    expect(outcomeOf(open)).toEqual(expected(vector));
    if (vector.random === undefined) return;
    const plaintext = fromB64(vector.plaintext);
    expect(open()).toEqual(plaintext);
    const sealed = sealBody({ plaintext, header, random: scriptedRandom(fromB64(vector.random)) });
    expect([b64(sealed.contentKey), b64(sealed.body)]).toEqual([vector.contentKey, vector.body]);
  });
});

describe('record signature', () => {
  type Fields = Record<'header' | 'body' | 'mls' | 'publicKey' | 'signature', string> &
    Partial<Record<'seed' | 'headerHash' | 'bodyHash' | 'mlsHash' | 'signedBytes', string>>;
  it.each(vectorsOf<Fields>('record-signature'))('%s', (_name, vector) => {
    const hashes = recordHashes({
      header: text(vector.header),
      body: fromB64(vector.body),
      mls: fromB64(vector.mls),
    });
    const valid = verifyRecord(hashes, fromB64(vector.signature), fromB64(vector.publicKey));
    expect(verified(valid)).toBe(vector.outcome);
    if (vector.seed === undefined) return;
    const { headerHash, bodyHash, mlsHash } = vector;
    expect({
      headerHash: b64(hashes.headerHash),
      bodyHash: b64(hashes.bodyHash),
      mlsHash: b64(hashes.mlsHash),
    }).toEqual({ headerHash, bodyHash, mlsHash });
    expect(b64(recordSignedBytes(hashes))).toBe(vector.signedBytes);
    expect(b64(signRecord(hashes, signingKeyFromSeed(fromB64(vector.seed))))).toBe(vector.signature);
  });
});

describe('chain', () => {
  type Fields = { seq: number; eventHash: string; chain: string } & (
    | { type: 'commit'; commit: string }
    | { type: 'proposal'; proposal: string }
    | { type: 'record'; headerHash: string; bodyHash: string; mlsHash: string }
  );
  const eventHashOf = (event: Fields): Uint8Array => {
    if (event.type === 'commit') return commitEventHash(fromB64(event.commit));
    if (event.type === 'proposal') return proposalEventHash(fromB64(event.proposal));
    return recordEventHash({
      headerHash: fromB64(event.headerHash),
      bodyHash: fromB64(event.bodyHash),
      mlsHash: fromB64(event.mlsHash),
    });
  };
  it('ok: three events', () => {
    let chain = CHAIN_START;
    for (const [, event] of vectorsOf<Fields>('chain')) {
      expect(b64(eventHashOf(event))).toBe(event.eventHash);
      chain = nextChainHash(chain, event.seq, fromB64(event.eventHash));
      expect(b64(chain)).toBe(event.chain);
    }
    expect(chain).not.toEqual(CHAIN_START);
  });
});

describe('key wrap', () => {
  type Fields = { keyEncryptionKey: string; context: string; wrapped: string; key: string; random?: string };
  it.each(vectorsOf<Fields>('key-wrap'))('%s', (_name, vector) => {
    const keyEncryptionKey = fromB64(vector.keyEncryptionKey);
    const { context } = vector;
    const unwrap = () => unwrapKey({ wrapped: fromB64(vector.wrapped), keyEncryptionKey, context });
    expect(outcomeOf(unwrap)).toEqual(expected(vector));
    if (vector.random === undefined) return;
    expect(b64(unwrap())).toBe(vector.key);
    const random = scriptedRandom(fromB64(vector.random));
    expect(b64(wrapKey({ key: fromB64(vector.key), keyEncryptionKey, context, random }))).toBe(vector.wrapped);
  });
});

describe('sealed to a public key', () => {
  type Fields = Record<'publicKey' | 'privateKey' | 'context' | 'sealed' | 'plaintext', string> & { random?: string };
  it.each(vectorsOf<Fields>('sealed-to-public-key'))('%s', (_name, vector) => {
    const { context } = vector;
    const key = { publicKey: fromB64(vector.publicKey), privateKey: fromB64(vector.privateKey) };
    const open = () => openSealed({ sealed: fromB64(vector.sealed), key, context });
    expect(outcomeOf(open)).toEqual(expected(vector));
    if (vector.random === undefined) return;
    const plaintext = fromB64(vector.plaintext);
    expect(open()).toEqual(plaintext);
    const random = scriptedRandom(fromB64(vector.random));
    expect(b64(sealToPublicKey({ publicKey: key.publicKey, context, plaintext, random }))).toBe(vector.sealed);
  });
});

describe('blob', () => {
  type Fields = { key: string; context: string; sealed: string; plaintext: string; random?: string };
  it.each(vectorsOf<Fields>('blob'))('%s', (_name, vector) => {
    const key = fromB64(vector.key);
    const open = () => openBlob(key, vector.context, fromB64(vector.sealed));
    expect(outcomeOf(open)).toEqual(expected(vector));
    if (vector.random === undefined) return;
    const plaintext = fromB64(vector.plaintext);
    expect(open()).toEqual(plaintext);
    const random = scriptedRandom(fromB64(vector.random));
    expect(b64(sealBlob(key, vector.context, plaintext, random))).toBe(vector.sealed);
  });
});

describe('passphrase', () => {
  type Fields = Record<'file' | 'passphrase' | 'purpose', string> & {
    plaintext?: string;
    random?: string;
    cost: PassphraseCost;
  };
  it.each(vectorsOf<Fields>('passphrase'))('%s', (_name, vector) => {
    const { file, passphrase, purpose, plaintext, cost } = vector;
    const open = () => openWithPassphrase(text(file), passphrase, { purpose });
    expect(outcomeOf(open)).toEqual(expected(vector));
    if (plaintext === undefined) return;
    expect(b64(open())).toBe(plaintext);
    if (vector.random === undefined) return;
    const random = scriptedRandom(fromB64(vector.random));
    expect(fromUtf8(sealWithPassphrase(fromB64(plaintext), passphrase, { purpose, random, cost }))).toBe(file);
  });
});

describe('device certificate', () => {
  type Fields = Record<'caCertificate' | 'contactPoint' | 'at' | 'certificate', string> & {
    crl?: string;
    says?: object;
  };
  it.each(vectorsOf<Fields>('device-certificate'))('%s', (_name, vector) => {
    const caCertificate = fromB64(vector.caCertificate);
    const at = Date.parse(vector.at);
    const list = vector.crl === undefined ? undefined : verifyCrl({ crl: fromB64(vector.crl), caCertificate, at });
    const result = verifyDeviceCertificate({
      certificate: fromB64(vector.certificate),
      caCertificate,
      contactPoint: ContactPointId.parse(vector.contactPoint),
      at,
      crl: list?.outcome === 'ok' ? list.crl : undefined,
    });
    expect({ outcome: result.outcome, check: 'check' in result ? result.check : undefined }).toEqual(expected(vector));
    if (vector.says === undefined || result.certificate === undefined) return;
    const { publicKey, issuerKeyId, notBefore, notAfter, ...rest } = result.certificate;
    expect({
      ...rest,
      publicKey: b64(publicKey),
      issuerKeyId: b64(issuerKeyId),
      notBefore: new Date(notBefore).toISOString(),
      notAfter: new Date(notAfter).toISOString(),
    }).toEqual(vector.says);
  });
});

describe('revocation list', () => {
  type Fields = {
    caCertificate: string;
    crl: string;
    at: string;
    lastNumber?: number;
    says?: { number: number; revoked: string[] };
  };
  it.each(vectorsOf<Fields>('crl'))('%s', (_name, vector) => {
    const result = verifyCrl({
      crl: fromB64(vector.crl),
      caCertificate: fromB64(vector.caCertificate),
      at: Date.parse(vector.at),
      lastNumber: vector.lastNumber,
    });
    expect({ outcome: result.outcome, check: 'check' in result ? result.check : undefined }).toEqual(expected(vector));
    if (vector.says === undefined || result.outcome !== 'ok') return;
    expect({ number: result.crl.number, revoked: [...result.crl.revoked.keys()] }).toEqual(vector.says);
  });
});

describe('roster', () => {
  type Fields = { pinned: string | null; candidate: SignedRoster; at: string };
  it.each(vectorsOf<Fields>('roster'))('%s', (_name, { pinned, candidate, at, ...vector }) => {
    const result = verifyRosterUpdate({
      pinned: pinned === null ? undefined : decodeUntrustedRoster(pinned),
      candidate,
      at: Date.parse(at),
    });
    expect({ outcome: result.outcome, check: 'check' in result ? result.check : undefined }).toEqual(expected(vector));
  });
});
