import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import {
  canonicalJson,
  fromBase64url,
  type Json,
  LiaisonError,
  type ReceiptProof,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import {
  answerAddCheckpoint,
  type Checkpoint,
  decodeLogEntry,
  decodeNote,
  decodeTlogProof,
  decodeUntrustedCheckpoint,
  decodeVerifierKey,
  decodeWitnessPolicy,
  encodeLogEntry,
  encodeNote,
  encodeTlogProof,
  encodeVerifierKey,
  encodeWitnessPolicy,
  type ExpectedEntry,
  growthFault,
  meetsQuorum,
  operationOf,
  sodiumTreeHashing,
  verifyCheckpoint,
  verifyLog,
  verifyReceiptProof,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { CONTACT_POINTS, witnessOf } from './golden/community.js';
import { goldenFiles } from './golden/files.js';
import type { WitnessCase } from './golden/witness-cases.js';

/** The golden vectors of `vectors/tlog`. `LIAISON_WRITE_VECTORS=1` writes them anew; a change in them is a change of the format. */
const FOLDER = fileURLToPath(new URL('../../../vectors/tlog/', import.meta.url));
const computed = await goldenFiles();
if (process.env['LIAISON_WRITE_VECTORS'] === '1') {
  for (const [path, content] of computed) {
    mkdirSync(dirname(FOLDER + path), { recursive: true });
    writeFileSync(FOLDER + path, content);
  }
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(FOLDER + path));
const textOf = (path: string): string => readFileSync(FOLDER + path, 'utf8');

interface Expected {
  readonly name: string;
  readonly outcome: string;
  readonly check?: string;
}

function casesOf<Fields>(name: string): [string, Expected & Fields][] {
  const { cases } = JSON.parse(textOf(`${name}.json`)) as { cases: (Expected & Fields)[] };
  return cases.map((each) => [`${each.check ?? each.outcome}: ${each.name}`, each]);
}

const found = (result: { outcome: string; check?: string }) => ({ outcome: result.outcome, check: result.check });
const expected = ({ outcome, check }: Expected) => ({ outcome, check });

function outcomeOf(act: () => unknown): { outcome: string; check: string | undefined } {
  try {
    act();
    return { outcome: 'ok', check: undefined };
  } catch (error) {
    if (error instanceof LiaisonError) return { outcome: error.code, check: error.details.check };
    throw error;
  }
}

const policy = decodeWitnessPolicy(textOf('policy.txt'));
const at = Date.parse((JSON.parse(textOf('keys.json')) as { at: string }).at);

describe('the files of vectors/tlog', () => {
  it('are exactly what the builder makes', () => {
    const onDisk = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => relative(FOLDER, `${file.parentPath}/${file.name}`));
    expect(onDisk.sort()).toEqual([...computed.keys()].sort());
    for (const [path, content] of computed) {
      expect([path, toBase64url(bytesOf(path))]).toEqual([
        path,
        toBase64url(typeof content === 'string' ? utf8(content) : content),
      ]);
    }
  });
});

describe('the vectors', () => {
  it('fail every check that judges a file or a note', () => {
    const checks = new Set([...computed.values()].flatMap((content) => String(content).match(/LOG-\d\d(?=")/g) ?? []));
    expect([...checks].sort()).toEqual([
      ...['LOG-01', 'LOG-02', 'LOG-03', 'LOG-04', 'LOG-05', 'LOG-06', 'LOG-07', 'LOG-08', 'LOG-09', 'LOG-10'],
      ...['LOG-11', 'LOG-12', 'LOG-14', 'LOG-15', 'LOG-16', 'LOG-17', 'LOG-18', 'LOG-19', 'LOG-20', 'LOG-21'],
      ...['LOG-22', 'LOG-23'],
    ]);
  });
});

describe('entries', () => {
  type Fields = { entry: string; leafHash?: string; operation?: string };
  it.each(casesOf<Fields>('entries'))('%s', (_name, vector) => {
    const bytes = utf8(vector.entry);
    expect(outcomeOf(() => decodeLogEntry(bytes))).toEqual(expected(vector));
    if (vector.outcome !== 'ok') return;
    const entry = decodeLogEntry(bytes);
    expect(encodeLogEntry(entry)).toEqual(bytes);
    expect(operationOf(entry.type)).toBe(vector.operation);
    expect(toBase64url(sodiumTreeHashing.leafHash(bytes))).toBe(vector.leafHash);
    expect(toBase64url(nodeTreeHashing.leafHash(bytes))).toBe(vector.leafHash);
  });
});

describe('verifier keys', () => {
  it.each(casesOf<{ vkey: string }>('verifier-keys'))('%s', (_name, vector) => {
    expect(outcomeOf(() => decodeVerifierKey(vector.vkey))).toEqual(expected(vector));
    if (vector.outcome === 'ok') expect(encodeVerifierKey(decodeVerifierKey(vector.vkey))).toBe(vector.vkey);
  });
});

describe('witness policies', () => {
  type Fields = { policy: string; enough?: string[]; few?: string[] };
  it.each(casesOf<Fields>('policies'))('%s', (_name, vector) => {
    expect(outcomeOf(() => decodeWitnessPolicy(vector.policy))).toEqual(expected(vector));
    if (vector.outcome !== 'ok') return;
    const decoded = decodeWitnessPolicy(vector.policy);
    expect(decodeWitnessPolicy(encodeWitnessPolicy(decoded))).toEqual(decoded);
    const isEnough = (names: string) => meetsQuorum(decoded, new Set(names.split(' ')));
    expect(vector.enough?.filter((names) => !isEnough(names))).toEqual([]);
    expect(vector.few?.filter(isEnough)).toEqual([]);
  });
});

describe('checkpoints', () => {
  it.each(casesOf<{ note: string }>('checkpoints'))('%s', (_name, vector) => {
    expect(found(verifyCheckpoint({ note: vector.note, policy, at }))).toEqual(expected(vector));
    if (vector.outcome === 'ok') expect(encodeNote(decodeNote(vector.note))).toBe(vector.note);
  });
});

describe('growth', () => {
  const read = (note: string): Checkpoint => {
    const verified = verifyCheckpoint({ note, policy, at });
    if (verified.outcome !== 'ok') throw new Error(verified.message);
    return verified.checkpoint;
  };
  it.each(casesOf<{ older: string; newer: string; proof: string[] }>('growth'))('%s', (_name, vector) => {
    const growth = { older: read(vector.older), newer: read(vector.newer), proof: vector.proof.map(fromBase64url) };
    expect(found(growthFault(growth) ?? { outcome: 'ok' })).toEqual(expected(vector));
  });
});

describe('receipts', () => {
  type Fields = { proof: ReceiptProof; expected?: ExpectedEntry };
  it.each(casesOf<Fields>('receipts'))('%s', (_name, vector) => {
    const question = vector.expected === undefined ? {} : { expected: vector.expected };
    expect(found(verifyReceiptProof({ proof: vector.proof, policy, at, ...question }))).toEqual(expected(vector));
    if (vector.outcome === 'ok') expect(decodeTlogProof(encodeTlogProof(vector.proof))).toEqual(vector.proof);
  });
});

describe('logs', () => {
  type Fields = { entries: boolean; changes: Record<string, string | null> };
  it.each(casesOf<Fields>('logs'))('%s', async (_name, vector) => {
    const read = (path: string): Uint8Array | undefined => {
      const change = vector.changes[path];
      if (change !== undefined) return change === null ? undefined : fromBase64url(change);
      return computed.has(`log/${path}`) ? bytesOf(`log/${path}`) : undefined;
    };
    const verified = verifyCheckpoint({ note: new TextDecoder().decode(read('checkpoint')), policy, at });
    if (verified.outcome !== 'ok') {
      expect(found(verified)).toEqual(expected(vector));
      return;
    }
    for (const hashing of [sodiumTreeHashing, nodeTreeHashing]) {
      const { checkpoint } = verified;
      const reader = { read: (path: string) => Promise.resolve(read(path)) };
      const result = await verifyLog({ reader, checkpoint, entries: vector.entries, hashing });
      expect(found(result)).toEqual(expected(vector));
    }
  });
});

describe('witness', () => {
  const cases = (JSON.parse(textOf('witness.json')) as { cases: WitnessCase[] }).cases;
  it.each(cases.map((each) => [`${each.status}: ${each.name}`, each] as const))('%s', (_name, vector) => {
    const witness = witnessOf(CONTACT_POINTS.find((id) => id === 'bg') ?? CONTACT_POINTS[0]!);
    const step = answerAddCheckpoint(witness, vector.state, { body: vector.body, at: vector.at });
    expect(step.answer).toEqual(vector.answer);
    expect(step.answer.status).toBe(vector.status);
    expect(/^LOG-\d\d/.exec(step.answer.body)?.[0]).toBe(vector.check);
    expect(step.state).toEqual(vector.newState ?? vector.state);
    expect(step.alarm?.fault.check).toBe(vector.alarm);
    expect(step.alarm !== undefined).toBe(vector.check === 'LOG-09');
  });
});

/** The page opens with the example; what it shows is what the vectors hold. */
describe('the pages of docs/spec', () => {
  const blocksOf = (page: string): string[] =>
    [...readFileSync(`docs/spec/${page}.md`, 'utf8').matchAll(/```\w*\n([\s\S]*?)```/g)].map(
      ([, block]) => block ?? '',
    );
  const parsed = (block = ''): Json => JSON.parse(block) as Json;

  it('log', () => {
    const { cases } = JSON.parse(textOf('entries.json')) as {
      cases: (Expected & { entry: string; leafHash: string })[];
    };
    const stored = cases.find(({ name }) => name === 'record.stored');
    const [example, leafHash] = blocksOf('log');
    expect(canonicalJson(parsed(example))).toBe(stored?.entry);
    expect(leafHash).toBe(`${stored?.leafHash ?? ''}\n`);
  });

  it('checkpoint', () => {
    expect(blocksOf('checkpoint')[0]).toBe(textOf('log/checkpoint'));
    expect(decodeUntrustedCheckpoint(decodeNote(textOf('log/checkpoint')).text).size).toBe(300);
  });

  it('receipt-proof', () => {
    const [first] = casesOf<{ proof: Json }>('receipts');
    expect(parsed(blocksOf('receipt-proof')[0])).toEqual(first?.[1].proof);
  });

  it('witness', () => {
    const { cases } = JSON.parse(textOf('witness.json')) as { cases: (WitnessCase & { answer: { body: string } })[] };
    const grew = cases.find(({ name }) => name === 'a log that grew');
    expect(blocksOf('witness').slice(0, 2)).toEqual([grew?.body, grew?.answer.body]);
  });
});
