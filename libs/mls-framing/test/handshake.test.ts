import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sodium from 'libsodium-wrappers-sumo';
import { encodeMlsMessage, type Proposal } from 'ts-mls';
import { LiaisonError, utf8 } from '#liaison/protocol';
import { type Mls, ownLeafIndex } from '../../mls-session/src/index.js';
import type { CipherSuite } from '../../mls-session/src/cipher-suite.js';
import {
  type Channel,
  certificateFor,
  type Device,
  must,
  NOW,
  PROFILE,
  TRUSTING,
} from '../../mls-session/test/community.js';
import { channelOfThree } from '../../mls-session/test/channel-of-three.js';
import { hostileCommit } from '../../mls-session/test/hostile.js';
import {
  decodeMessage,
  encodeExternalSenders,
  encodeGroupRules,
  parseCommit,
  parseGroupInfo,
  parseHandshake,
  parseWelcome,
  proposalReference,
  proposeRemoval,
  validateKeyPackage,
  verifyCommitSignature,
  verifyGroupInfo,
  verifyGroupInfoFollows,
} from '../src/index.js';

let mls: Mls;
let suite: CipherSuite;
let channel: Channel;
let anna: Device;
let boris: Device;
let clara: Device;

beforeAll(async () => {
  ({ suite, mls, channel, anna, boris, clara } = await channelOfThree('handshake'));
});

const annas = () => must(anna.state);
const sign = (tbs: Uint8Array) => sodium.crypto_sign_detached(tbs, channel.hub.privateKey);
const removal = (leafIndex: number) => proposeRemoval({ groupId: channel.groupId, epoch: 1, leafIndex }, sign);
const data = { authenticatedData: utf8('why') };

describe('what the hub reads of a commit', () => {
  it('says who is added', async () => {
    const dora = channel.device('bg:dora:desk');
    const { keyPackage, reference } = await channel.keyPackage(dora);
    const made = await mls.commitAdd(annas(), [keyPackage], TRUSTING, { at: NOW, ...data });
    const { content, ...frame } = parseCommit(made.commit);
    expect(frame).toEqual({ groupId: channel.groupId, epoch: 1, sender: { kind: 'member', leafIndex: 0 }, ...data });
    expect(content).toMatchObject({ kind: 'commit', purpose: 'add', removes: [], references: [] });
    expect(content.path).toBeUndefined();
    expect(content.adds.map(({ certificate }) => certificate)).toEqual([dora.certificate]);
    expect((await validateKeyPackage(must(content.adds[0]).keyPackage, { at: NOW })).reference).toBe(reference);
    expect(parseWelcome(made.welcome).keyPackageReferences).toEqual([reference]);
  });

  it('says who is removed, by value and by the hub’s proposal', async () => {
    const proposal = await removal(2);
    const { state } = await mls.processProposal(annas(), proposal);
    const made = await mls.commitRemove(state, [1, 2], data);
    const { content } = parseCommit(made.commit);
    expect(content).toMatchObject({ purpose: 'remove', removes: [1], references: [await proposalReference(proposal)] });
    expect(content.path?.certificate).toEqual(anna.certificate);
  });

  it('says what the profile becomes', async () => {
    const profile = { ...PROFILE, exercise: false };
    const { content } = parseCommit((await mls.commitProfile(annas(), profile)).commit);
    expect(content).toMatchObject({ purpose: 'profile', rules: { profile, externalSenderKey: channel.hub.publicKey } });
  });

  it('shows the renewed certificate of the committer', async () => {
    const signingSeed = new Uint8Array(32).fill(9);
    const certificate = certificateFor(anna.address, signingSeed, 2);
    const made = await mls.commitUpdate(annas(), { renewal: { certificate, signingSeed } });
    expect(parseCommit(made.commit).content).toMatchObject({ purpose: 'update', path: { certificate } });
  });

  it('tells a re-join from other commits', async () => {
    const { groupInfo, hub } = channel;
    const made = await mls.rejoin({ ...boris, groupInfo, hubKeys: [hub.publicKey], policy: TRUSTING, ...data });
    const { sender, content, authenticatedData } = parseCommit(made.commit);
    expect([sender, content.purpose, content.removes, authenticatedData]).toEqual([
      { kind: 'new-member-commit' },
      'rejoin',
      [1],
      data.authenticatedData,
    ]);
  });

  it('reads the hub’s own proposal', async () => {
    const { content, sender } = parseHandshake(await removal(2));
    expect([content, sender]).toEqual([
      { kind: 'proposal', removes: 2 },
      { kind: 'external', index: 0 },
    ]);
    expect(() => parseCommit(new Uint8Array())).toThrow(LiaisonError);
    const proposal = await removal(1);
    expect(() => parseCommit(proposal)).toThrow(expect.objectContaining({ details: { check: 'FRM-19' } }));
  });
});

describe('what the hub refuses to read', () => {
  const remove = (leafIndex: number): Proposal => ({ proposalType: 'remove', remove: { removed: leafIndex } });
  const rules = (): Proposal =>
    extensionsOf(encodeGroupRules({ externalSenderKey: channel.hub.publicKey, profile: PROFILE }));
  const add = async (): Promise<Proposal> => {
    const { keyPackage } = await channel.keyPackage(channel.device('bg:emil:desk'));
    return { proposalType: 'add', add: { keyPackage: decodeMessage(keyPackage, 'mls_key_package').keyPackage } };
  };
  const reinit: Proposal = {
    proposalType: 'reinit',
    reinit: {
      groupId: utf8('other'),
      version: 'mls10',
      cipherSuite: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
      extensions: [],
    },
  };
  const hostile: [check: string, what: string, proposals: () => Promise<Proposal[]>][] = [
    ['FRM-17', 'Add with Remove', async () => [await add(), remove(1)]],
    ['FRM-17', 'GroupContextExtensions with Remove', async () => Promise.resolve([rules(), remove(1)])],
    ['FRM-17', 'Add with GroupContextExtensions', async () => [await add(), rules()]],
    ['FRM-16', 'ReInit', async () => Promise.resolve([reinit])],
    [
      'FRM-16',
      'a proposal of a private type',
      async () => Promise.resolve([{ proposalType: 0xf001, proposalData: utf8('x') }]),
    ],
    ['FRM-18', 'GroupContextExtensions without path', async () => Promise.resolve([rules()])],
    ['FRM-05', 'no extensions', async () => Promise.resolve([extensionsOf([])])],
    ['FRM-05', 'the hub in second place', async () => Promise.resolve([extensionsOf(rulesOf(rules()).toReversed())])],
    [
      'FRM-04',
      'another form of external sender',
      async () =>
        Promise.resolve([
          extensionsOf([{ ...encodeExternalSenders(new Uint8Array(31)) }, ...rulesOf(rules()).slice(1)]),
        ]),
    ],
    [
      'FRM-03',
      'a profile of another form',
      async () =>
        Promise.resolve([
          extensionsOf([...rulesOf(rules()).slice(0, 1), { extensionType: 0xf0a1, extensionData: utf8('{"v":1}') }]),
        ]),
    ],
  ];

  it.each(hostile)('%s: %s', async (check, _what, proposals) => {
    const { commit } = await hostileCommit(suite, annas(), await proposals());
    expect(() => parseHandshake(commit)).toThrow(expect.objectContaining({ code: 'malformed', details: { check } }));
  });

  it('FRM-15, FRM-19: a proposal of a member, or of the hub to add somebody', async () => {
    const proposal = decodeMessage(await removal(1), 'mls_public_message');
    const { publicMessage } = proposal;
    const as = (content: object): Uint8Array =>
      encodeMlsMessage({
        ...proposal,
        publicMessage: { ...publicMessage, content: { ...publicMessage.content, ...content } },
      });
    const member = encodeMlsMessage({
      ...proposal,
      publicMessage: {
        ...publicMessage,
        senderType: 'member',
        membershipTag: new Uint8Array(32),
        content: { ...publicMessage.content, sender: { senderType: 'member', leafIndex: 1 } },
      } as typeof publicMessage,
    });
    const added = as({ proposal: await add() });
    const second = as({ sender: { senderType: 'external', senderIndex: 1 } });
    for (const bytes of [member, added, second]) {
      expect(() => parseHandshake(bytes)).toThrow(expect.objectContaining({ details: { check: 'FRM-15' } }));
    }
    const distant = as({ epoch: 2n ** 60n });
    const newcomer = encodeMlsMessage({
      ...proposal,
      publicMessage: {
        ...publicMessage,
        senderType: 'new_member_proposal',
        content: { ...publicMessage.content, sender: { senderType: 'new_member_proposal' }, proposal: await add() },
      } as typeof publicMessage,
    });
    for (const bytes of [distant, newcomer]) {
      expect(() => parseHandshake(bytes)).toThrow(expect.objectContaining({ details: { check: 'FRM-19' } }));
    }
  });

  it('FRM-14: a Welcome that names somebody twice', async () => {
    const { keyPackage } = await channel.keyPackage(channel.device('bg:dora:desk'));
    const made = await mls.commitAdd(annas(), [keyPackage], TRUSTING, { at: NOW });
    const message = decodeMessage(made.welcome, 'mls_welcome');
    const secrets = [...message.welcome.secrets, ...message.welcome.secrets];
    const twice = encodeMlsMessage({ ...message, welcome: { ...message.welcome, secrets } });
    expect(() => parseWelcome(twice)).toThrow(expect.objectContaining({ details: { check: 'FRM-14' } }));
  });

  it('anything that is cut, longer or altered at random, always as a LiaisonError', async () => {
    const { commit } = await mls.commitRemove(annas(), [1]);
    fc.assert(
      fc.property(fc.nat(commit.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
        const altered = cut ? commit.slice(0, at) : commit.map((byte, index) => (index === at ? byte ^ flip : byte));
        for (const parse of [parseHandshake, parseGroupInfo, parseWelcome]) onlyLiaisonErrors(() => parse(altered));
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});

describe('a GroupInfo', () => {
  it('is verified, and shows the members', async () => {
    const info = await verifyGroupInfo(channel.groupInfo);
    expect(info.leaves.map((leaf) => leaf?.certificate)).toEqual(
      [anna, boris, clara].map(({ certificate }) => certificate),
    );
    expect(info).toMatchObject({
      groupId: channel.groupId,
      epoch: 1,
      signerLeaf: 0,
      profile: PROFILE,
      externalSenderKey: channel.hub.publicKey,
    });
  });

  it('FRM-22, FRM-23: does not pass with another tree or signature', async () => {
    const message = decodeMessage(channel.groupInfo, 'mls_group_info');
    const { groupInfo } = message;
    const groupContext = { ...groupInfo.groupContext, treeHash: new Uint8Array(32) };
    const signature = groupInfo.signature.map((byte) => byte ^ 1);
    await rejects(encodeMlsMessage({ ...message, groupInfo: { ...groupInfo, groupContext } }), 'FRM-22', 'integrity');
    await rejects(encodeMlsMessage({ ...message, groupInfo: { ...groupInfo, signature } }), 'FRM-23', 'bad-signature');
  });

  it('FRM-20, FRM-21: is refused with other extensions, an impossible signer or tree', async () => {
    const message = decodeMessage(channel.groupInfo, 'mls_group_info');
    const { groupInfo } = message;
    const [externalPub, ratchetTree] = groupInfo.extensions;
    const tree = { ...must(ratchetTree), extensionData: Uint8Array.of(1, 0) };
    for (const changed of [
      { extensions: groupInfo.extensions.toReversed() },
      { extensions: [must(externalPub)] },
      { signer: 3 },
      { signer: 4_000_000_000 },
    ]) {
      await rejects(encodeMlsMessage({ ...message, groupInfo: { ...groupInfo, ...changed } }), 'FRM-20');
    }
    await rejects(
      encodeMlsMessage({ ...message, groupInfo: { ...groupInfo, extensions: [must(externalPub), tree] } }),
      'FRM-21',
    );
  });

  it('FRM-24: proves to the hub who signed a commit', async () => {
    const before = parseGroupInfo(channel.groupInfo);
    const { commit } = await mls.commitRemove(annas(), [1]);
    await verifyCommitSignature(commit, before);
    const { groupInfo, hub } = channel;
    const rejoined = await mls.rejoin({ ...clara, groupInfo, hubKeys: [hub.publicKey], policy: TRUSTING });
    await verifyCommitSignature(rejoined.commit, before);
    const moved = { ...before, leaves: before.leaves.toReversed() };
    const stale = { ...before, groupContext: parseGroupInfo((await mls.commitUpdate(annas())).groupInfo).groupContext };
    for (const facts of [moved, stale, { ...before, leaves: [] }]) {
      await expect(verifyCommitSignature(commit, facts)).rejects.toMatchObject({
        code: 'bad-signature',
        details: { check: 'FRM-24' },
      });
    }
  });

  it('FRM-25: proves to the hub that it belongs to the commit beside it', async () => {
    const before = parseGroupInfo(channel.groupInfo);
    const one = await mls.commitRemove(annas(), [ownLeafIndex(must(boris.state))]);
    const other = await mls.commitUpdate(annas());
    await verifyGroupInfoFollows(one.commit, before, parseGroupInfo(one.groupInfo));
    for (const wrong of [other.groupInfo, channel.groupInfo]) {
      await expect(verifyGroupInfoFollows(one.commit, before, parseGroupInfo(wrong))).rejects.toMatchObject({
        code: 'integrity',
        details: { check: 'FRM-25' },
      });
    }
  });
});

function extensionsOf(extensions: ReturnType<typeof encodeGroupRules>): Proposal {
  return { proposalType: 'group_context_extensions', groupContextExtensions: { extensions } };
}

function rulesOf(proposal: Proposal): ReturnType<typeof encodeGroupRules> {
  return 'groupContextExtensions' in proposal ? proposal.groupContextExtensions.extensions : [];
}

async function rejects(bytes: Uint8Array, check: string, code = 'malformed'): Promise<void> {
  await expect(verifyGroupInfo(bytes)).rejects.toMatchObject({ code, details: { check } });
}

function onlyLiaisonErrors(step: () => unknown): void {
  try {
    step();
  } catch (error) {
    expect(error).toBeInstanceOf(LiaisonError);
  }
}
