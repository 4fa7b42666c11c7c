import { describe, expect, it } from '@jest/globals';
import { fromBase64url } from '#liaison/protocol';
import {
  answerAddCheckpoint,
  decodeAddCheckpoint,
  decodeNote,
  encodeAddCheckpoint,
  encodeNote,
  encodeSignatures,
  readWitnessAnswer,
  SIZE_CONTENT_TYPE,
  signCheckpoint,
  verifyCheckpoint,
  WitnessState,
} from '#liaison/tlog';
import { refusalOf } from '../../protocol/test/refusal.js';
import { CONTACT_POINTS, logKey, ORIGIN, policy, witnessOf, witnessVerifiers } from './golden/community.js';
import { consistencyProof, cosignedAt, plainCheckpoint, rootOf, SIZE, SIZES } from './golden/log.js';

const at = cosignedAt(SIZE) * 1000;
const asked = async (oldSize: number, size: number): Promise<string> =>
  encodeAddCheckpoint({ oldSize, proof: await consistencyProof(oldSize, size), checkpoint: plainCheckpoint(size) });

describe('a log and its witnesses', () => {
  it('reach a quorum at each size, and the witness never goes back', async () => {
    const states = new Map(CONTACT_POINTS.map((id) => [id, {}]));
    let before = 0;
    for (const size of SIZES) {
      const body = await asked(before, size);
      const signatures = [...decodeNote(plainCheckpoint(size)).signatures];
      for (const id of CONTACT_POINTS.slice(0, 2)) {
        const { state, answer } = answerAddCheckpoint(witnessOf(id), states.get(id) ?? {}, { body, at });
        const read = readWitnessAnswer(answer, { checkpoint: plainCheckpoint(size), witnesses: witnessVerifiers });
        if (read.outcome !== 'cosigned') throw new Error(answer.body);
        signatures.push(...read.signatures);
        states.set(id, WitnessState.parse(JSON.parse(JSON.stringify(state))));
        const replay = answerAddCheckpoint(witnessOf(id), state, { body, at });
        expect(replay.answer).toEqual({ status: 409, contentType: SIZE_CONTENT_TYPE, body: `${size}\n` });
        expect(replay.state).toBe(state);
      }
      const note = encodeNote({ text: decodeNote(plainCheckpoint(size)).text, signatures });
      expect(verifyCheckpoint({ note, policy, at })).toMatchObject({ outcome: 'ok', cosigned: [{}, {}] });
      before = size;
    }
  });

  it('a forking log is told to each other by two witnesses’ states', async () => {
    const witness = witnessOf(CONTACT_POINTS[0]!);
    const first = answerAddCheckpoint(witness, {}, { body: await asked(0, 256), at });
    const fork = signCheckpoint({ origin: ORIGIN, size: 256, root: rootOf(5), extensions: [] }, logKey);
    const body = encodeAddCheckpoint({ oldSize: 256, proof: [], checkpoint: fork });
    const step = answerAddCheckpoint(witness, first.state, { body, at });
    expect(step.answer.status).toBe(409);
    expect(step.answer.contentType).not.toBe(SIZE_CONTENT_TYPE);
    expect(step.alarm).toMatchObject({
      fault: { outcome: 'split-view', check: 'LOG-09' },
      held: plainCheckpoint(256),
      offered: fork,
    });
    expect(step.state).toBe(first.state);
  });

  it('an unknown origin does not read the state of another', async () => {
    const origin = '__proto__';
    const checkpoint = signCheckpoint({ origin, size: 5, root: rootOf(5), extensions: [] }, logKey);
    const body = encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
    const step = answerAddCheckpoint(witnessOf(CONTACT_POINTS[0]!), {}, { body, at });
    expect(step.answer.status).toBe(404);
    expect((await asked(0, 5)).startsWith('old 0\n\n')).toBe(true);
  });
});

describe('a request', () => {
  it('goes there and back', async () => {
    const request = decodeAddCheckpoint(await asked(5, 257));
    expect(request.oldSize).toBe(5);
    expect(encodeAddCheckpoint(request)).toBe(await asked(5, 257));
  });

  it.each([
    '',
    'old 5\n',
    'old -1\n\nx\n',
    'old 5\nAAAA\n\nx\n',
    'new 5\n\nx\n',
    'old 5 \n\nx\n',
    `old ${2 ** 60}\n\nx\n`,
  ])('is refused as %j: LOG-22', (body) => {
    expect(refusalOf(() => decodeAddCheckpoint(body)).details.check).toBe('LOG-22');
  });
});

describe('the answer of a witness', () => {
  const question = { checkpoint: plainCheckpoint(SIZE), witnesses: witnessVerifiers };
  const text = 'text/plain; charset=utf-8';
  const cosignatures = async (): Promise<string> =>
    answerAddCheckpoint(witnessOf(CONTACT_POINTS[0]!), {}, { body: await asked(0, SIZE), at }).answer.body;

  it('is taken with its good signatures alone', async () => {
    const [good] = decodeNote(`x\n\n${await cosignatures()}`).signatures;
    const stranger = { ...good!, name: 'stranger.example' };
    const spoilt = { ...good!, signature: fromBase64url('A'.repeat(96)) };
    const body = encodeSignatures([stranger, spoilt, good!]);
    expect(readWitnessAnswer({ status: 200, contentType: text, body }, question)).toEqual({
      outcome: 'cosigned',
      signatures: [good],
    });
    for (const none of [encodeSignatures([stranger]), encodeSignatures([spoilt]), '', 'hello\n']) {
      const answer = { status: 200, contentType: text, body: none };
      expect(refusalOf(() => readWitnessAnswer(answer, question)).details.check).toBe('LOG-24');
    }
  });

  it('of another checkpoint is not taken: LOG-24', async () => {
    const answer = { status: 200, contentType: text, body: await cosignatures() };
    const other = { ...question, checkpoint: plainCheckpoint(257) };
    expect(refusalOf(() => readWitnessAnswer(answer, other)).details.check).toBe('LOG-24');
  });

  it('says from which size to ask again, or that it will not help', () => {
    const size = (body: string) => ({ status: 409, contentType: `${SIZE_CONTENT_TYPE}; charset=utf-8`, body });
    expect(readWitnessAnswer(size('257\n'), question)).toEqual({ outcome: 'other-size', size: 257 });
    for (const body of ['257', '0257\n', '\n', '-1\n']) {
      expect(refusalOf(() => readWitnessAnswer(size(body), question)).details.check).toBe('LOG-24');
    }
    for (const status of [400, 403, 404, 409, 422, 500]) {
      const answer = { status, contentType: text, body: 'LOG-09 no\n' };
      expect(readWitnessAnswer(answer, question)).toEqual({ outcome: 'refused', status });
    }
  });
});
