import { beforeAll, describe, expect, it } from '@jest/globals';
import { auditLog } from '#liaison/client';
import { cryptoReady, generateSigningKey, type SigningKey } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { ChannelId, ContactPointId, RecordId, toBase64url } from '#liaison/protocol';
import {
  edgeRoot,
  EMPTY_EDGE,
  encodeEntryBundle,
  encodeLogEntry,
  entryBundlePath,
  growEdge,
  joinHashes,
  type LogEntryType,
  newLogEntry,
  partialTiles,
  signCheckpoint,
  sodiumTreeHashing,
  thresholdPolicy,
  tilePath,
  verifierKey,
} from '#liaison/tlog';

const ORIGIN = 'hub.example/v1/log';
const CHANNEL = ChannelId.parse('019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a');

let logKey: SigningKey;
beforeAll(async () => {
  await cryptoReady();
  logKey = generateSigningKey(systemRandom);
});

const hash = toBase64url(new Uint8Array(32));
const record = RecordId.parse('019aa8b2-7c00-7a4e-9f10-000000000007');

/** A log in which each entry stands for a place of one channel. */
function logOf(places: readonly (readonly [LogEntryType, number])[]) {
  const at = '2026-11-21T18:00:00.000Z';
  const entries = places.map(([type, seq]) => {
    const subject = type === 'commit.ordered' ? { channel: CHANNEL, seq } : { channel: CHANNEL, seq, record };
    const forwarded = { sources: [{ channel: CHANNEL, record }], recipients: [ContactPointId.parse('hu')] };
    return encodeLogEntry(
      newLogEntry({ type, at, actor: 'hub', subject, headerHash: hash, ...forwarded }, systemRandom),
    );
  });
  const { edge } = growEdge(EMPTY_EDGE, joinHashes(entries.map(sodiumTreeHashing.leafHash)));
  const files = new Map(partialTiles(edge).map(({ bytes, ...tile }) => [tilePath(tile), bytes]));
  files.set(entryBundlePath({ index: 0, width: entries.length }), encodeEntryBundle(entries));
  const note = signCheckpoint({ origin: ORIGIN, size: entries.length, root: edgeRoot(edge), extensions: [] }, logKey);
  const policy = thresholdPolicy([verifierKey('log', ORIGIN, logKey.publicKey)], [], 0);
  return auditLog({ note, policy, at: Date.now(), reader: { read: (path) => Promise.resolve(files.get(path)) } });
}

describe('the audit of a log', () => {
  it('finds every place of a channel, in whatever order and of whatever kind', async () => {
    const report = await logOf([
      ['commit.ordered', 1],
      ['record.stored', 3],
      ['record.stored', 2],
      ['record.forwarded', 4],
    ]);
    expect(report).toMatchObject({ holds: true, shown: 4, withheld: 0 });
    expect(report.verdicts.map(({ question, outcome }) => `${question} ${outcome}`)).toEqual([
      'signature holds',
      'witnesses not-asked',
      'growth not-asked',
      'tiles holds',
      'gaps holds',
    ]);
  });

  it('says which places the log leaves out: CLI-75', async () => {
    const report = await logOf([
      ['commit.ordered', 1],
      ['record.stored', 2],
      ['record.stored', 5],
    ]);
    expect(report.holds).toBe(false);
    expect(report.verdicts).toContainEqual({
      question: 'gaps',
      outcome: 'fails',
      check: 'CLI-75',
      message: `In channel ${CHANNEL} the places 3 to 4 are not in the log.`,
    });
  });
});
