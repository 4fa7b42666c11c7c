import { type Json, type ReceiptProof, toBase64url, utf8 } from '#liaison/protocol';
import {
  decodeEntryBundle,
  decodeNote,
  encodeEntryBundle,
  encodeNote,
  type NoteSignature,
  signCheckpoint,
  verifierKey,
} from '#liaison/tlog';
import { CONTACT_POINTS, keyOf, logKey, ORIGIN } from './community.js';
import { recordOf } from './acts.js';
import {
  checkpoint,
  consistencyProof,
  cosignedAt,
  cosignedBy,
  entries,
  entryText,
  filesOf,
  golden,
  inclusionProof,
  plainCheckpoint,
  receipt,
  rootOf,
  SIZE,
} from './log.js';

/** One judgement: what is shown, and what must come of it. */
export type Case = { readonly name: string; readonly outcome: string; readonly check?: string } & {
  readonly [member: string]: Json | undefined;
};

export function flipped(bytes: Uint8Array, place = 0): Uint8Array {
  const copy = bytes.slice();
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

const bad = (outcome: string, check: string, name: string, members: Record<string, Json>): Case => ({
  name,
  outcome,
  check,
  ...members,
});

/** Changes signatures of a note: by place, the log's own first. */
function withSignatures(note: string, change: (signatures: readonly NoteSignature[]) => NoteSignature[]): string {
  const { text, signatures } = decodeNote(note);
  return encodeNote({ text, signatures: change(signatures) });
}

const flipSignature = (note: string, place: number): string =>
  withSignatures(note, (all) =>
    all.map((each, at) => (at === place ? { ...each, signature: flipped(each.signature, 20) } : each)),
  );

const only = (count: number) => CONTACT_POINTS.slice(0, count);
const resigned = (origin: string, size: number, root: Uint8Array, key = logKey) =>
  cosignedBy(signCheckpoint({ origin, size, root, extensions: [] }, key));

/** Checkpoints, judged by `policy.txt` at the given time. */
export function checkpointCases(): Case[] {
  const good = checkpoint(SIZE);
  const lines = (change: (text: string) => string) =>
    encodeNote({ ...decodeNote(good), text: change(decodeNote(good).text) });
  const stranger = verifierKey('witness', 'stranger.example/w1', keyOf('stranger').publicKey);
  const unknown = { name: stranger.name, keyId: stranger.keyId, signature: new Uint8Array(72) };
  return [
    { name: 'signed by the log and two of three witnesses', outcome: 'ok', note: good },
    { name: 'three witnesses', outcome: 'ok', note: cosignedBy(plainCheckpoint(SIZE)) },
    {
      name: 'a signature under an unknown key counts nothing and harms nothing',
      outcome: 'ok',
      note: withSignatures(good, (all) => [...all, unknown]),
    },
    bad('malformed', 'LOG-01', 'no blank line', { note: good.replace('\n\n', '\n') }),
    bad('malformed', 'LOG-01', 'a tab in it', { note: good.replace(ORIGIN, `${ORIGIN}\t`) }),
    bad('malformed', 'LOG-01', 'no signature', { note: `${decodeNote(good).text}\n` }),
    bad('malformed', 'LOG-01', 'a last line without end', { note: good.slice(0, -1) }),
    bad('malformed', 'LOG-01', 'base64 without its padding', { note: good.replace(/=+\n$/, '\n') }),
    bad('malformed', 'LOG-02', 'a size with a leading zero', {
      note: lines((text) => text.replace('\n300\n', '\n0300\n')),
    }),
    bad('malformed', 'LOG-02', 'a size beyond 2^53', {
      note: lines((text) => text.replace('\n300\n', '\n9007199254740993\n')),
    }),
    bad('malformed', 'LOG-02', 'an empty line in it', { note: lines((text) => `${text}\nlate\n`) }),
    bad('malformed', 'LOG-02', 'a root of 31 bytes', {
      note: lines((text) => text.replace(/\n[^\n]{44}\n$/, `\n${'A'.repeat(40)}AA==\n`)),
    }),
    bad('foreign-log', 'LOG-03', 'another origin', { note: resigned('other.example/log', SIZE, rootOf(SIZE)) }),
    bad('bad-signature', 'LOG-04', 'another size under the same signature', {
      note: lines((text) => text.replace('\n300\n', '\n301\n')),
    }),
    bad('bad-signature', 'LOG-04', 'signed by another key of the same name', {
      note: resigned(ORIGIN, SIZE, rootOf(SIZE), keyOf('thief')),
    }),
    bad('bad-signature', 'LOG-04', 'a bit of the log’s signature', { note: flipSignature(good, 0) }),
    bad('bad-signature', 'LOG-04', 'cosignatures without the log’s signature', {
      note: withSignatures(good, (all) => all.slice(1)),
    }),
    bad('bad-signature', 'LOG-05', 'a bit of a cosignature', { note: flipSignature(good, 2) }),
    bad('bad-signature', 'LOG-05', 'a cosignature of another checkpoint', {
      note: withSignatures(good, (all) => [...all.slice(0, 2), ...decodeNote(checkpoint(257)).signatures.slice(2)]),
    }),
    bad('no-quorum', 'LOG-06', 'one witness', { note: cosignedBy(plainCheckpoint(SIZE), only(1)) }),
    bad('no-quorum', 'LOG-06', 'one witness twice', {
      note: cosignedBy(cosignedBy(plainCheckpoint(SIZE), only(1)), only(1), cosignedAt(SIZE) + 1),
    }),
    bad('no-quorum', 'LOG-06', 'one witness and a stranger', {
      note: withSignatures(cosignedBy(plainCheckpoint(SIZE), only(1)), (all) => [...all, unknown]),
    }),
    bad('from-the-future', 'LOG-23', 'cosigned an hour from now', {
      note: cosignedBy(plainCheckpoint(SIZE), only(2), cosignedAt(SIZE) + 3600),
    }),
  ];
}

/** Proofs of receipts, judged by `policy.txt`. */
export async function receiptCases(): Promise<Case[]> {
  const index = 136;
  const good = await receipt(index);
  const proofOf = (changes: Partial<ReceiptProof>): Json => ({ ...good, ...changes });
  const [first = '', ...rest] = good.inclusion;
  const bitFlip = toBase64url(flipped((await inclusionProof(index))[0] ?? new Uint8Array(32)));
  const included = (name: string, changes: Partial<ReceiptProof>) =>
    bad('not-included', 'LOG-07', name, { proof: proofOf(changes) });
  return [
    { name: 'a record that was stored', outcome: 'ok', proof: good },
    { name: 'the first entry', outcome: 'ok', proof: await receipt(0) },
    { name: 'the last entry', outcome: 'ok', proof: await receipt(SIZE - 1) },
    { name: 'the only entry of a log of one', outcome: 'ok', proof: await receipt(0, 1) },
    included('another salt', { entry: entryText(index).replace(/"salt":"./, '"salt":"-') }),
    included('another entry of the same log', { entry: entryText(index + 1) }),
    included('another index', { index: index + 1 }),
    included('an index beyond the tree', { index: index + 512 }),
    included('a bit of the proof', { inclusion: [bitFlip, ...rest] }),
    included('a hash too few', { inclusion: rest }),
    included('a hash too many', { inclusion: [first, first, ...rest] }),
    included('a proof for another size', { inclusion: (await inclusionProof(index, 257)).map(toBase64url) }),
    bad('malformed', 'LOG-10', 'an entry that is not canonical', {
      proof: proofOf({ entry: entryText(index).replace('{', '{ ') }),
    }),
    bad('malformed', 'LOG-10', 'an entry with an unknown member', {
      proof: proofOf({ entry: entryText(index).replace('{', '{"a":1,') }),
    }),
    bad('malformed', 'LOG-11', 'no inclusion proof', {
      proof: { v: 1, entry: good.entry, index, checkpoint: good.checkpoint },
    }),
    bad('malformed', 'LOG-11', 'an unknown member', { proof: { ...good, note: 'trust me' } }),
    bad('no-quorum', 'LOG-06', 'a checkpoint that one witness has seen', {
      proof: proofOf({ checkpoint: cosignedBy(plainCheckpoint(SIZE), only(1)) }),
    }),
    bad('bad-signature', 'LOG-04', 'a checkpoint that the log did not sign', {
      proof: proofOf({ checkpoint: resigned(ORIGIN, SIZE, rootOf(SIZE), keyOf('thief')) }),
    }),
    bad('wrong-entry', 'LOG-12', 'a good proof of another act', { proof: good, expected: { record: recordOf(999) } }),
  ];
}

/** Two checkpoints of one log: did it only grow? */
export async function growthCases(): Promise<Case[]> {
  const growth = async (oldSize: number, newSize: number) => ({
    older: checkpoint(oldSize),
    newer: checkpoint(newSize),
    proof: (await consistencyProof(oldSize, newSize)).map(toBase64url),
  });
  const good = await growth(5, SIZE);
  const proof = await consistencyProof(5, SIZE);
  const fork = filesOf([...entries.slice(0, 3), entries[4] ?? new Uint8Array(1)], 5).root;
  return [
    { name: '1 to 300', outcome: 'ok', ...(await growth(1, SIZE)) },
    { name: '5 to 257', outcome: 'ok', ...(await growth(5, 257)) },
    { name: '256 to 257', outcome: 'ok', ...(await growth(256, 257)) },
    { name: '256 to 300', outcome: 'ok', ...(await growth(256, SIZE)) },
    { name: 'the same', outcome: 'ok', ...(await growth(SIZE, SIZE)) },
    bad('inconsistent', 'LOG-08', 'a bit of the proof', {
      ...good,
      proof: proof.map((hash, at) => toBase64url(at === 1 ? flipped(hash) : hash)),
    }),
    bad('inconsistent', 'LOG-08', 'a hash too few', { ...good, proof: good.proof.slice(1) }),
    bad('inconsistent', 'LOG-08', 'no proof', { ...good, proof: [] }),
    bad('inconsistent', 'LOG-08', 'a log that shrank', { ...good, older: good.newer, newer: good.older }),
    bad('inconsistent', 'LOG-08', 'a history that was rewritten', { ...good, older: resigned(ORIGIN, 5, fork) }),
    bad('split-view', 'LOG-09', 'two trees of one size', {
      older: resigned(ORIGIN, 5, fork),
      newer: checkpoint(5),
      proof: [],
    }),
  ];
}

type Changes = Readonly<Record<string, Uint8Array | null>>;

/** The golden log with some files changed, or gone. */
export function logCases(): Case[] {
  const file = (path: string) => golden.files.get(path) ?? new Uint8Array(0);
  const [leaves, partial, parents] = ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1'] as const;
  const bundle = 'tile/entries/001.p/44';
  const bundleWith = (change: (all: Uint8Array[]) => Uint8Array[]) => ({
    [bundle]: encodeEntryBundle(change(decodeEntryBundle(file(bundle), 44))),
  });
  const logCase = (outcome: string, check: string, name: string, changes: Changes, withEntries = true): Case => ({
    name,
    outcome,
    ...(check === '' ? {} : { check }),
    entries: withEntries,
    changes: Object.fromEntries(
      Object.entries(changes).map(([path, bytes]) => [path, bytes === null ? null : toBase64url(bytes)]),
    ),
  });
  const note = (text: string) => ({ checkpoint: utf8(text) });
  return [
    logCase('ok', '', 'whole', {}),
    logCase('ok', '', 'tiles alone', { [bundle]: null }, false),
    logCase(
      'ok',
      '',
      'entries that its reader may not see',
      bundleWith((all) => all.map((entry, at) => (at % 2 === 0 ? new Uint8Array(0) : entry))),
    ),
    logCase('ok', '', 'an earlier checkpoint, which is true as far as it goes', note(checkpoint(257))),
    logCase('missing', 'LOG-15', 'a tile is gone', { [leaves]: null }),
    logCase('missing', 'LOG-15', 'a tile above is gone', { [parents]: null }),
    logCase('missing', 'LOG-15', 'an entry bundle is gone', { [bundle]: null }),
    logCase('malformed', 'LOG-14', 'a tile is cut off', { [leaves]: file(leaves).slice(0, -1) }),
    logCase('malformed', 'LOG-14', 'a partial tile is too long', { [partial]: file(leaves).slice(0, 45 * 32) }),
    logCase('malformed', 'LOG-18', 'an entry bundle is cut off', { [bundle]: file(bundle).slice(0, -1) }),
    logCase('malformed', 'LOG-18', 'an entry bundle holds more', {
      [bundle]: encodeEntryBundle([...decodeEntryBundle(file(bundle), 44), utf8('{}')]),
    }),
    logCase(
      'inconsistent',
      'LOG-19',
      'a word of an entry is changed',
      bundleWith(([one, two, ...rest]) => [one as Uint8Array, flipped(two as Uint8Array, 40), ...rest]),
    ),
    logCase(
      'inconsistent',
      'LOG-19',
      'two entries have changed places',
      bundleWith(([one, two, ...rest]) => [two as Uint8Array, one as Uint8Array, ...rest]),
    ),
    logCase('inconsistent', 'LOG-19', 'a leaf hash is changed', { [leaves]: flipped(file(leaves), 32) }),
    logCase(
      'inconsistent',
      'LOG-16',
      'a leaf hash is changed, seen without entries',
      { [leaves]: flipped(file(leaves), 32) },
      false,
    ),
    logCase('inconsistent', 'LOG-16', 'a tile above is changed', { [parents]: flipped(file(parents)) }),
    logCase(
      'inconsistent',
      'LOG-17',
      'a late leaf hash is changed, seen without entries',
      { [partial]: flipped(file(partial)) },
      false,
    ),
    logCase('inconsistent', 'LOG-17', 'a checkpoint for another tree', note(resigned(ORIGIN, SIZE, rootOf(257)))),
    logCase(
      'bad-signature',
      'LOG-04',
      'a checkpoint that the log did not sign',
      note(resigned(ORIGIN, SIZE, rootOf(SIZE), keyOf('thief'))),
    ),
    logCase('no-quorum', 'LOG-06', 'a checkpoint that no witness has seen', note(plainCheckpoint(SIZE))),
  ];
}
