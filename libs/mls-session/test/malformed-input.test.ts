import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sodium from 'libsodium-wrappers-sumo';
import { LiaisonError, utf8 } from '#liaison/protocol';
import { proposeRemoval } from '#liaison/mls-framing';
import { deserializeState, type GroupState, loadMls, type Mls, serializeState } from '../src/index.js';
import { Channel, type Device, must, NOW, seededRandom, TRUSTING } from './community.js';

/** Whatever comes in, what goes out is a LiaisonError, soon, and the state is as before. */
let mls: Mls;
let reader: GroupState;
const inputs: Record<string, Uint8Array> = {};
const steps: Record<string, (bytes: Uint8Array) => Promise<unknown>> = {};

beforeAll(async () => {
  await sodium.ready;
  const random = seededRandom('malformed');
  mls = await loadMls(random);
  const channel = new Channel(mls, random);
  const [anna, boris, clara, dora] = ['anna', 'boris', 'clara', 'dora'].map((name) =>
    channel.device(`bg:${name}:desk`),
  ) as [Device, Device, Device, Device];
  await channel.create(anna);
  await channel.add(anna, [boris, clara]);
  reader = must(boris.state);
  const stored = await channel.keyPackage(dora);
  const added = await mls.commitAdd(must(anna.state), [stored.keyPackage], TRUSTING, { at: NOW });
  const externalSenderKey = channel.hub.publicKey;
  const { signingSeed } = dora;
  const hubSign = (tbs: Uint8Array) => sodium.crypto_sign_detached(tbs, channel.hub.privateKey);
  inputs['commit'] = (await mls.commitRemove(must(anna.state), [2])).commit;
  inputs['added'] = added.commit;
  inputs['re-join'] = (
    await mls.rejoin({ ...clara, groupInfo: channel.groupInfo, hubKeys: [externalSenderKey], policy: TRUSTING })
  ).commit;
  inputs['proposal'] = await proposeRemoval({ groupId: channel.groupId, epoch: 1, leafIndex: 2 }, hubSign);
  inputs['message'] = (await mls.encrypt(must(anna.state), utf8('text'), utf8('header'))).message;
  inputs['Welcome'] = added.welcome;
  inputs['GroupInfo'] = channel.groupInfo;
  inputs['KeyPackage'] = stored.keyPackage;
  inputs['state'] = serializeState(reader);
  const commit = async (bytes: Uint8Array) => mls.processCommit(reader, bytes, TRUSTING);
  Object.assign(steps, {
    commit,
    added: commit,
    're-join': commit,
    proposal: async (bytes: Uint8Array) => mls.processProposal(reader, bytes),
    message: async (bytes: Uint8Array) => mls.decrypt(reader, bytes),
    Welcome: async (welcome: Uint8Array) =>
      mls.join({ ...stored, welcome, signingSeed, hubKeys: [externalSenderKey], policy: TRUSTING }),
    GroupInfo: async (groupInfo: Uint8Array) =>
      mls.rejoin({ ...clara, groupInfo, hubKeys: [externalSenderKey], policy: TRUSTING }),
    KeyPackage: async (bytes: Uint8Array) => mls.commitAdd(reader, [bytes], TRUSTING, { at: NOW }),
    state: async (bytes: Uint8Array) => Promise.resolve(deserializeState(bytes)),
  });
});

const KINDS = ['commit', 'added', 're-join', 'proposal', 'message', 'Welcome', 'GroupInfo', 'KeyPackage', 'state'];

describe('malformed input', () => {
  it.each(KINDS)('%s: the honest one passes', async (kind) => {
    await expect(must(steps[kind])(must(inputs[kind]))).resolves.toBeDefined();
  });

  it.each(KINDS.filter((kind) => kind !== 'state'))(
    '%s: with a byte altered, cut or inserted it is refused',
    async (kind) => {
      const honest = must(inputs[kind]);
      const before = serializeState(reader);
      const change = fc.tuple(
        fc.constantFrom('flip', 'cut', 'insert'),
        fc.nat(honest.length - 1),
        fc.integer({ min: 1, max: 255 }),
      );
      await fc.assert(
        fc.asyncProperty(change, async ([how, at, value]) => {
          const altered = alter(honest, how, at, value);
          await expect(must(steps[kind])(altered)).rejects.toBeInstanceOf(LiaisonError);
        }),
        { numRuns: process.env['LIAISON_LONG'] === '1' ? 5000 : 150, seed: 1 },
      );
      expect(serializeState(reader)).toEqual(before);
    },
  );

  it.each(KINDS)('%s: arbitrary bytes are refused', async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(12), async (bytes, kept) => {
        const start = must(inputs[kind]).slice(0, kept);
        await expect(must(steps[kind])(Uint8Array.of(...start, ...bytes))).rejects.toBeInstanceOf(LiaisonError);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('a stored state that is damaged is refused, or is at least no crash', async () => {
    const honest = must(inputs['state']);
    await fc.assert(
      fc.asyncProperty(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        try {
          const state = deserializeState(alter(honest, 'flip', at, flip));
          await mls.decrypt(state, must(inputs['message']));
        } catch (error) {
          expect(error).toBeInstanceOf(LiaisonError);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('faults have names', () => {
  const failing = async (kind: string, bytes: Uint8Array, code: string, check: string) => {
    await expect(must(steps[kind])(bytes)).rejects.toMatchObject({ code, details: { check } });
  };

  it('SES-02, SES-18: what is for somebody else cannot be opened', async () => {
    const message = must(inputs['message']);
    await failing('message', alter(message, 'flip', message.length - 1, 1), 'cannot-open', 'SES-02');
    const random = seededRandom('other');
    const other = new Channel(mls, random);
    const emil = other.device('bg:emil:desk');
    const joining = mls.join({
      ...(await other.keyPackage(emil)),
      welcome: must(inputs['Welcome']),
      signingSeed: emil.signingSeed,
      hubKeys: [other.hub.publicKey],
      policy: TRUSTING,
    });
    await expect(joining).rejects.toMatchObject({ code: 'cannot-open', details: { check: 'SES-18' } });
  });

  it('SES-22: handshake messages are public', async () => {
    const message = must(inputs['message']);
    const contentType = 4 + 1 + 'channel-1'.length + 8;
    expect(message[contentType]).toBe(1);
    await failing('message', alter(message, 'flip', contentType, 1 ^ 3), 'malformed', 'SES-22');
  });

  it('SES-08: a channel has a largest size', async () => {
    const bytes = must(inputs['KeyPackage']);
    const many = mls.commitAdd(
      reader,
      Array.from({ length: 498 }, () => bytes),
      TRUSTING,
      { at: NOW },
    );
    await expect(many).rejects.toMatchObject({ code: 'not-allowed', details: { check: 'SES-08' } });
  });

  it('calls that cannot be right are a usage error', async () => {
    for (const step of [
      mls.commitRemove(reader, [1]),
      mls.commitRemove(reader, [9]),
      mls.commitProposals(reader),
      mls.commitAdd(reader, [], TRUSTING, { at: NOW }),
    ]) {
      await expect(step).rejects.toMatchObject({ name: 'LiaisonError', code: 'usage' });
    }
    const own = await mls.commitUpdate(reader);
    await expect(mls.processCommit(reader, own.commit, TRUSTING)).rejects.toMatchObject({ code: 'usage' });
    await expect(mls.encrypt(reader, new Uint8Array(5000), utf8(''))).rejects.toMatchObject({
      code: 'too-large',
      details: { check: 'FRM-01' },
    });
  });
});

function alter(bytes: Uint8Array, how: string, at: number, value: number): Uint8Array {
  if (how === 'cut') return bytes.slice(0, at);
  if (how === 'insert') return Uint8Array.of(...bytes.slice(0, at), value, ...bytes.slice(at));
  return bytes.map((byte, index) => (index === at ? byte ^ value : byte));
}
