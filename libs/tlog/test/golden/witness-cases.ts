import { type Json, toBase64url } from '#liaison/protocol';
import { answerAddCheckpoint, encodeAddCheckpoint, signCheckpoint, type WitnessState } from '#liaison/tlog';
import { CONTACT_POINTS, keyOf, logKey, ORIGIN, witnessOf } from './community.js';
import { consistencyProof, cosignedAt, plainCheckpoint, rootOf, SIZE } from './log.js';
import { flipped } from './cases.js';

/** One request to a witness: what it remembers, what it is asked, what it must answer. */
export type WitnessCase = {
  readonly name: string;
  readonly status: number;
  readonly check?: string;
  readonly state: WitnessState;
  /** What it remembers afterwards, where that differs. */
  readonly newState?: WitnessState;
  readonly body: string;
  readonly at: number;
  readonly answer: Json;
  readonly alarm?: string;
};

const request = async (oldSize: number, size: number, checkpoint = plainCheckpoint(size)): Promise<string> =>
  encodeAddCheckpoint({ oldSize, proof: await consistencyProof(oldSize, Math.max(oldSize, size)), checkpoint });

const stateAt = (size: number): WitnessState => ({
  [ORIGIN]: { size, root: toBase64url(rootOf(size)), note: plainCheckpoint(size) },
});

const forged = (origin: string, size: number, root: Uint8Array, key = logKey) =>
  signCheckpoint({ origin, size, root, extensions: [] }, key);

export async function witnessCases(): Promise<WitnessCase[]> {
  const good = await request(257, SIZE);
  const asked: (readonly [string, string, WitnessState, string])[] = [
    ['200', 'the first checkpoint that it sees', {}, await request(0, 5)],
    ['200', 'a log that grew', stateAt(257), good],
    ['200', 'the same checkpoint again', stateAt(SIZE), await request(SIZE, SIZE)],
    [
      '200',
      'an empty log',
      {},
      encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: forged(ORIGIN, 0, rootOf(0)) }),
    ],
    ['409', 'a proof from another size than the last', stateAt(5), good],
    ['409', 'a proof from a size, to a witness that knows none', {}, good],
    ['409', 'an older checkpoint than the last', stateAt(SIZE), await request(5, 257)],
    ['422 LOG-08', 'a changed proof', stateAt(257), changedProof(await consistencyProof(257, SIZE))],
    [
      '422 LOG-08',
      'no proof',
      stateAt(257),
      encodeAddCheckpoint({ oldSize: 257, proof: [], checkpoint: plainCheckpoint(SIZE) }),
    ],
    [
      '422 LOG-08',
      'a rewritten history',
      stateAt(257),
      await request(257, SIZE, forged(ORIGIN, SIZE, flipped(rootOf(SIZE)))),
    ],
    [
      '409 LOG-09',
      'a second tree of the same size',
      stateAt(SIZE),
      await request(SIZE, SIZE, forged(ORIGIN, SIZE, flipped(rootOf(SIZE)))),
    ],
    ['404 LOG-03', 'a log that it does not know', {}, await request(0, 5, forged('other.example/log', 5, rootOf(5)))],
    [
      '403 LOG-04',
      'a checkpoint that the log did not sign',
      {},
      await request(0, 5, forged(ORIGIN, 5, rootOf(5), keyOf('thief'))),
    ],
    [
      '400 LOG-22',
      'an old size beyond the new one',
      stateAt(SIZE),
      encodeAddCheckpoint({ oldSize: SIZE, proof: [], checkpoint: plainCheckpoint(5) }),
    ],
    ['400 LOG-22', 'no old size', stateAt(257), good.replace(/^old 257\n/, '')],
    ['400 LOG-22', 'an old size with a leading zero', stateAt(257), good.replace('old 257', 'old 0257')],
    [
      '400 LOG-22',
      '64 lines of proof',
      {},
      encodeAddCheckpoint({
        oldSize: 0,
        proof: Array.from({ length: 64 }, () => rootOf(5)),
        checkpoint: plainCheckpoint(5),
      }),
    ],
    ['400 LOG-01', 'no signature', {}, (await request(0, 5)).replace(/\u2014.*\n/, '')],
  ];
  return asked.map(([expected, ...step]) => stepOf(expected, ...step));
}

function changedProof([first, ...rest]: Uint8Array[]): string {
  const proof = [flipped(first ?? new Uint8Array(32)), ...rest];
  return encodeAddCheckpoint({ oldSize: 257, proof, checkpoint: plainCheckpoint(SIZE) });
}

function stepOf(expected: string, name: string, state: WitnessState, body: string): WitnessCase {
  const at = cosignedAt(SIZE) * 1000 + 250;
  const step = answerAddCheckpoint(witnessOf(CONTACT_POINTS[0] ?? fail()), state, { body, at });
  const [status, check] = expected.split(' ');
  return {
    name,
    status: Number(status),
    ...(check === undefined ? {} : { check }),
    state,
    ...(step.state === state ? {} : { newState: step.state }),
    body,
    at,
    answer: { ...step.answer },
    ...(step.alarm === undefined ? {} : { alarm: step.alarm.fault.check }),
  };
}

function fail(): never {
  throw new Error('The golden community has no contact point.');
}
