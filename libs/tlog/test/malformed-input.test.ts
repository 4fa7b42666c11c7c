import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LiaisonError, utf8 } from '#liaison/protocol';
import {
  answerAddCheckpoint,
  decodeAddCheckpoint,
  decodeEntryBundle,
  decodeLogEntry,
  decodeNote,
  decodeReceiptProof,
  decodeSignatures,
  decodeTlogProof,
  decodeUntrustedCheckpoint,
  decodeVerifierKey,
  decodeWitnessPolicy,
  encodeAddCheckpoint,
  encodeTlogProof,
  encodeVerifierKey,
  encodeWitnessPolicy,
  parseTilePath,
  verifyCheckpoint,
  verifyReceiptProof,
} from '#liaison/tlog';
import { refusalOf } from '../../protocol/test/refusal.js';
import { CONTACT_POINTS, policy, witnessOf, witnessVerifiers } from './golden/community.js';
import { checkpoint, consistencyProof, cosignedAt, entryText, receipt, SIZE } from './golden/log.js';

const good = {
  note: checkpoint(SIZE),
  request: encodeAddCheckpoint({ oldSize: 5, proof: await consistencyProof(5, SIZE), checkpoint: checkpoint(SIZE) }),
  proof: encodeTlogProof(await receipt(12)),
  policy: encodeWitnessPolicy(policy),
  vkey: encodeVerifierKey(witnessVerifiers[0]!),
  entry: entryText(12),
};

/** Text that is nearly right: a good one with a piece cut out, put elsewhere, or replaced. */
const nearly = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 6 }), fc.nat(text.length))
    .map(([from, length, extra, to]) => {
      const rest = text.slice(0, from) + text.slice(from + length);
      return rest.slice(0, to) + extra + rest.slice(to);
    });

/** Whatever comes, a decoder gives a value or a refusal that names its check. */
function survives(decode: (text: string) => unknown, text: string): void {
  fc.assert(
    fc.property(fc.oneof(nearly(text), fc.string({ unit: 'binary', maxLength: 80 })), (input) => {
      try {
        decode(input);
      } catch (error) {
        if (!(error instanceof LiaisonError)) throw error;
        expect([error.code, error.details.check]).toEqual(['malformed', expect.stringMatching(/^LOG-\d\d$/)]);
      }
    }),
    { numRuns: 400 },
  );
}

describe('hostile input', () => {
  it.each<[string, (text: string) => unknown, string]>([
    ['note', decodeNote, good.note],
    ['checkpoint', decodeUntrustedCheckpoint, good.note.split('\n\n')[0]!],
    ['signature lines', decodeSignatures, good.note.split('\n\n')[1]!],
    ['verifier key', decodeVerifierKey, good.vkey],
    ['policy', decodeWitnessPolicy, good.policy],
    ['request to a witness', decodeAddCheckpoint, good.request],
    ['proof file', decodeTlogProof, good.proof],
    ['entry', (text) => decodeLogEntry(utf8(text)), good.entry],
    ['tile path', parseTilePath, 'tile/0/x001/x234/067.p/12'],
    ['entry bundle', (text) => decodeEntryBundle(utf8(text), 3), '\u0000\u0003abc\u0000\u0001x\u0000\u0000'],
    ['receipt', (text) => decodeReceiptProof(text), '{}'],
  ])('as a %s is refused with its check', (_name, decode, text) => {
    survives(decode, text);
  });

  it('never makes a verifier throw, nor believe', async () => {
    const proof = await receipt(12);
    const at = cosignedAt(SIZE) * 1000;
    fc.assert(
      fc.property(fc.anything(), fc.nat(500), nearly(good.note), (anything, index, note) => {
        expect(verifyReceiptProof({ proof: anything, policy }).outcome).not.toBe('ok');
        expect(verifyReceiptProof({ proof: { ...proof, v: anything }, policy }).outcome).toBe(
          anything === 1 ? 'ok' : 'malformed',
        );
        expect(verifyReceiptProof({ proof: { ...proof, index }, policy }).outcome === 'ok').toBe(index === 12);
        expect(verifyCheckpoint({ note, policy, at }).outcome === 'ok').toBe(note === good.note);
      }),
      { numRuns: 200 },
    );
  });

  it('never makes a witness throw, nor cosign', () => {
    fc.assert(
      fc.property(nearly(good.request), (body) => {
        fc.pre(body !== good.request);
        const { answer, state } = answerAddCheckpoint(witnessOf(CONTACT_POINTS[0]!), {}, { body, at: 0 });
        expect([400, 403, 404, 409, 422]).toContain(answer.status);
        expect(state).toEqual({});
      }),
      { numRuns: 300 },
    );
  });

  it('cannot nest the groups of a policy without end: LOG-21', () => {
    const groups = Array.from({ length: 1000 }, (_, place) => `group g${place + 1} any g${place}\n`).join('');
    const endless = `witness g0 ${good.vkey}\n${groups}quorum g1000\n`;
    expect(refusalOf(() => decodeWitnessPolicy(endless)).details.check).toBe('LOG-21');
  });
});
