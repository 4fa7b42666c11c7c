import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { branchGroup, encodeMlsMessage, type Proposal } from 'ts-mls';
import { validateRatchetTree } from 'ts-mls/clientState.js';
import { signWithLabel } from 'ts-mls/crypto/signature.js';
import { encodeFramedContentTBS } from 'ts-mls/framedContent.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { decodeMessage, encodeGroupRules, parseCommit, proposeRemoval } from '#liaison/mls-framing';
import { fromUtf8, utf8 } from '#liaison/protocol';
import type { CipherSuite } from '../src/cipher-suite.js';
import { clientConfig } from '../src/client-config.js';
import { buildCommit, byValue } from '../src/commit.js';
import {
  type CommitChange,
  deserializeState,
  epochOf,
  type GroupState,
  hubKeyOf,
  isMember,
  LIBRARY_VERSION,
  loadMls,
  memberAt,
  members,
  type Mls,
  ownLeafIndex,
  profileOf,
  serializeState,
} from '../src/index.js';
import { certificateFor, type Channel, type Device, deviceOf, must, NOW, PROFILE, TRUSTING } from './community.js';
import { channelOfThree } from './channel-of-three.js';
import { hostileCommit, libraryState, openWithoutRules, takeLeaf } from './hostile.js';

/** Faults known of ts-mls 1.6.4, by number as in docs/decisions; each is either repaired, avoided or refused here. */
let mls: Mls;
let suite: CipherSuite;
let channel: Channel;
let anna: Device;
let boris: Device;
let clara: Device;

beforeEach(async () => {
  ({ suite, mls, channel, anna, boris, clara } = await channelOfThree('faults'));
});

const stateOf = (device: Device): GroupState => must(device.state);
const process = (device: Device, commit: Uint8Array) => mls.processCommit(stateOf(device), commit, TRUSTING);
const signAsHub = (tbs: Uint8Array) => sodium.crypto_sign_detached(tbs, channel.hub.privateKey);
const removeProposal = (leafIndex: number): Proposal => ({ proposalType: 'remove', remove: { removed: leafIndex } });

describe('fault 1: trees with unmerged leaves', () => {
  let tree: RatchetTree;
  const validate = async (changed: RatchetTree) => {
    const anybody = { validateCredential: async () => Promise.resolve(true) };
    const { groupContext } = stateOf(anna).unsafeSecrets;
    return (
      await validateRatchetTree(
        changed,
        groupContext,
        clientConfig(anybody).lifetimeConfig,
        anybody,
        groupContext.treeHash,
        suite,
      )
    )?.message;
  };
  const withUnmerged = (node: number, unmergedLeaves: number[]): RatchetTree => {
    const found = must(tree[node]);
    if (found.nodeType !== 'parent') throw new Error('no parent');
    return tree.with(node, { ...found, parent: { ...found.parent, unmergedLeaves: unmergedLeaves } });
  };

  beforeEach(async () => {
    // Leaves 0 to 5, with parents over all of them; then 1 goes, 6 and 7 come: both are unmerged on the right.
    await channel.add(
      anna,
      ['d', 'e', 'f'].map((name) => channel.device(`bg:${name}:desk`)),
    );
    for (const member of channel.members) await channel.deliver(member, await mls.commitUpdate(stateOf(member)));
    await channel.add(
      anna,
      ['g', 'h'].map((name) => channel.device(`bg:${name}:desk`)),
    );
    tree = stateOf(anna).unsafeSecrets.ratchetTree;
  });

  it('can be joined', async () => {
    const unmerged = tree.flatMap((node) => (node?.nodeType === 'parent' ? [...node.parent.unmergedLeaves] : []));
    expect(unmerged.length).toBeGreaterThan(0);
    expect(await validate(tree)).toBeUndefined();
    expect(channel.authenticators().size).toBe(1);
  });

  it.each([
    ['a blank leaf', 7, [6, 8], 'non-blank descendant'],
    ['a leaf under another parent', 3, [6], 'non-blank descendant'],
    ['a leaf far outside of the tree, without walking for ever', 7, [4_000_000_000], 'non-blank descendant'],
    ['a leaf that a node between does not list', 7, [4, 6, 7], 'intermediate node must list'],
  ])('may not list %s', async (_what, node, unmergedLeaves, why) => {
    expect(await validate(withUnmerged(node, unmergedLeaves))).toContain(why);
  });
});

describe('fault 2: an external commit may remove anybody', () => {
  it('SES-16: so members refuse one that puts a device in the place of another', async () => {
    const commit = await takeLeaf(suite, channel.groupInfo, clara, boris.address);
    expect(parseCommit(commit).content).toMatchObject({ purpose: 'rejoin', removes: [1] });
    await refuses(process(anna, commit), 'integrity', 'SES-16');
    const stranger = channel.device('bg:mallory:desk');
    await refuses(
      process(anna, await takeLeaf(suite, channel.groupInfo, stranger, boris.address)),
      'integrity',
      'SES-16',
    );
  });

  it('SES-16: nor may a renewal name another device', async () => {
    const signingSeed = new Uint8Array(32).fill(3);
    const renewal = { signingSeed, certificate: certificateFor(clara.address, signingSeed) };
    const { commit } = await mls.commitUpdate(stateOf(boris), { renewal });
    await refuses(process(anna, commit), 'integrity', 'SES-16');
  });

  it('but a device may take back its own leaf', async () => {
    const changes = await channel.rejoin(boris);
    expect(changes.map(({ purpose, committer }) => [purpose, deviceOf(committer.certificate)])).toEqual([
      ['rejoin', boris.address],
      ['rejoin', boris.address],
    ]);
    expect(channel.authenticators().size).toBe(1);
  });

  it('and its older state then knows that it is superseded', async () => {
    const { groupInfo, hub } = channel;
    const { commit } = await mls.rejoin({ ...boris, groupInfo, hubKeys: [hub.publicKey], policy: TRUSTING });
    const { state, change } = await process(boris, commit);
    expect([change.removedSelf, change.purpose, isMember(state)]).toEqual([true, 'rejoin', false]);
    const forged = decodeMessage(commit, 'mls_public_message');
    const { publicMessage } = forged;
    const auth = { ...publicMessage.auth, signature: new Uint8Array(64) };
    const bytes = encodeMlsMessage({ ...forged, publicMessage: { ...publicMessage, auth } });
    await refuses(process(boris, bytes), 'bad-signature', 'SES-01');
    const revoking = { ...TRUSTING, validateCredential: () => ({ ok: false as const, reason: 'revoked' }) };
    await refuses(mls.processCommit(stateOf(boris), commit, revoking), 'not-allowed', 'SES-05');
  });

  it('SES-20: a device that is no member cannot re-join', async () => {
    const { groupInfo, hub } = channel;
    const stranger = channel.device('bg:mallory:desk');
    const attempt = mls.rejoin({ ...stranger, groupInfo, hubKeys: [hub.publicKey], policy: TRUSTING });
    await refuses(attempt, 'not-allowed', 'SES-20');
  });
});

describe('fault 3: branching and re-initialising lose the configuration', () => {
  it('so a Welcome into a branch is refused', async () => {
    const { keyPackage, secrets } = await channel.keyPackage(boris);
    const packages = [decodeMessage(keyPackage, 'mls_key_package').keyPackage];
    const library = libraryState(stateOf(anna));
    const own = decodeMessage((await channel.keyPackage(anna)).keyPackage, 'mls_key_package').keyPackage;
    const privatePackage = {
      initPrivateKey: new Uint8Array(32),
      hpkePrivateKey: new Uint8Array(32),
      signaturePrivateKey: anna.signingSeed,
    };
    const branched = await branchGroup(library, own, privatePackage, packages, utf8('branch'), suite);
    const welcome = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: must(branched.welcome) });
    const { signingSeed } = boris;
    const joining = mls.join({
      welcome,
      keyPackage,
      secrets,
      signingSeed,
      hubKeys: [channel.hub.publicKey],
      policy: TRUSTING,
    });
    await expect(joining).rejects.toMatchObject({ name: 'LiaisonError', code: 'integrity' });
  });
});

describe('fault 4: private messages are processed without PSKs', () => {
  it('so commits that use one are refused (FRM-16)', async () => {
    const psk: Proposal = {
      proposalType: 'psk',
      psk: { preSharedKeyId: { psktype: 'external', pskId: utf8('psk'), pskNonce: new Uint8Array(32) } },
    };
    const { commit } = await hostileCommit(suite, stateOf(anna), [psk], { [btoa('psk')]: new Uint8Array(32) });
    await refuses(process(boris, commit), 'malformed', 'FRM-16');
  });
});

describe('faults 5 and 8: combinations in one commit break receivers', () => {
  it('so each commit does one thing (FRM-17)', async () => {
    const { keyPackage } = await channel.keyPackage(channel.device('bg:dora:desk'));
    const add: Proposal = {
      proposalType: 'add',
      add: { keyPackage: decodeMessage(keyPackage, 'mls_key_package').keyPackage },
    };
    const extensions: Proposal = {
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions: stateOf(anna).unsafeSecrets.groupContext.extensions },
    };
    for (const proposals of [
      [add, removeProposal(2)],
      [extensions, removeProposal(2)],
    ]) {
      const { commit } = await hostileCommit(suite, stateOf(anna), proposals);
      await refuses(process(boris, commit), 'malformed', 'FRM-17');
      await refuses(process(clara, commit), 'malformed', 'FRM-17');
    }
  });

  it('and a removed member learns of it, even when its leaf is taken again by the next commit', async () => {
    const { commit, pending } = await mls.commitRemove(stateOf(anna), [2]);
    const removed = await process(clara, commit);
    expect(removed.change.removedSelf).toBe(true);
    expect([isMember(removed.state), removed.state.unsafeSecrets.signaturePrivateKey.length]).toEqual([false, 0]);
    await expect(mls.encrypt(removed.state, utf8('x'), utf8(''))).rejects.toMatchObject({ code: 'usage' });
    const dora = channel.device('bg:dora:desk');
    const { keyPackage } = await channel.keyPackage(dora);
    const added = await mls.commitAdd(pending, [keyPackage], TRUSTING, { at: NOW });
    expect(members(added.pending).map(({ certificate }) => deviceOf(certificate))).toEqual(
      [anna, boris, dora].map(({ address }) => address),
    );
  });
});

describe('fault 6: the hub’s removals need its key in the first extension', () => {
  const propose = async (leafIndex: number, change: { groupId?: Uint8Array; epoch?: number } = {}) =>
    proposeRemoval({ groupId: channel.groupId, epoch: 1, leafIndex, ...change }, signAsHub);

  it('which is where it is', async () => {
    const { state, removes } = await mls.processProposal(stateOf(anna), await propose(2));
    expect(deviceOf(removes.certificate)).toBe(clara.address);
    const { commit } = await mls.commitProposals(state);
    const boriss = await mls.processProposal(stateOf(boris), await propose(2));
    const { change } = await mls.processCommit(boriss.state, commit, TRUSTING);
    expect(change.removes).toEqual([{ leafIndex: 2, certificate: clara.certificate, proposedBy: 'hub' }]);
    await refuses(process(boris, commit), 'integrity', 'SES-12');
  });

  it('SES-09: nothing is sent or changed before the removal', async () => {
    const { state } = await mls.processProposal(stateOf(anna), await propose(2));
    await refuses(mls.encrypt(state, utf8('x'), utf8('')), 'not-allowed', 'SES-09');
    await refuses(mls.commitUpdate(state), 'not-allowed', 'SES-09');
    await refuses(mls.commitProfile(state, PROFILE), 'not-allowed', 'SES-09');
  });

  it('SES-12, SES-13, SES-14: the library compares neither group nor epoch of a proposal, so this does', async () => {
    await refuses(
      mls.processProposal(stateOf(anna), await propose(2, { groupId: utf8('channel-2') })),
      'integrity',
      'SES-13',
    );
    await refuses(mls.processProposal(stateOf(anna), await propose(2, { epoch: 2 })), 'stale-epoch', 'SES-14');
    await refuses(mls.processProposal(stateOf(anna), await propose(3)), 'integrity', 'SES-12');
  });

  it('and does not make a commit invalid by proposing one removal twice', async () => {
    const { publicMessage } = decodeMessage(await propose(2), 'mls_public_message');
    const content = { ...publicMessage.content, authenticatedData: utf8('again') };
    const tbs = encodeFramedContentTBS({
      protocolVersion: 'mls10',
      wireformat: 'mls_public_message',
      content,
      senderType: 'external',
    });
    const signature = await signWithLabel(channel.hub.privateKey, 'FramedContentTBS', tbs, suite.signature);
    const twin = encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_public_message',
      publicMessage: { content, auth: { contentType: 'proposal', signature }, senderType: 'external' },
    });
    const both = async (device: Device) => {
      const { state } = await mls.processProposal(stateOf(device), await propose(2));
      return (await mls.processProposal(state, twin)).state;
    };
    const { commit } = await mls.commitProposals(await both(anna));
    const { change } = await mls.processCommit(await both(boris), commit, TRUSTING);
    expect(change.removes).toHaveLength(1);
  });

  it('SES-01: a proposal that another key signed is refused', async () => {
    const other = sodium.crypto_sign_seed_keypair(new Uint8Array(32).fill(8));
    const forged = await proposeRemoval({ groupId: channel.groupId, epoch: 1, leafIndex: 2 }, (tbs) =>
      sodium.crypto_sign_detached(tbs, other.privateKey),
    );
    await refuses(mls.processProposal(stateOf(anna), forged), 'bad-signature', 'SES-01');
  });

  it('SES-11: a commit gives the hub another key where the caller’s policy says so; who joins afterwards knows that one', async () => {
    const next = new Uint8Array(32).fill(5);
    const made = await mls.commitHubKey(stateOf(anna), next);
    const asked: CommitChange[] = [];
    const refusing = {
      ...TRUSTING,
      authorize: (change: CommitChange) => (asked.push(change), { ok: false as const, reason: 'No.' }),
    };
    await refuses(mls.processCommit(stateOf(boris), made.commit, refusing), 'not-allowed', 'SES-11');
    expect(asked).toMatchObject([{ purpose: 'hub-key', hubKey: { before: channel.hub.publicKey, after: next } }]);
    await channel.deliver(anna, made);
    expect(channel.authenticators().size).toBe(1);
    expect(hubKeyOf(stateOf(boris))).toEqual(next);
    expect(profileOf(stateOf(boris))).toEqual(PROFILE);
    const hubKeys = [channel.hub.publicKey, next];
    const { keyPackage, secrets } = await channel.keyPackage(channel.device('bg:dora:desk'));
    const { welcome } = await mls.commitAdd(stateOf(anna), [keyPackage], TRUSTING, { at: NOW });
    const joining = { welcome, keyPackage, secrets, signingSeed: anna.signingSeed, policy: TRUSTING };
    expect(hubKeyOf(await mls.join({ ...joining, hubKeys }))).toEqual(next);
    await refuses(mls.join({ ...joining, hubKeys: [channel.hub.publicKey] }), 'integrity', 'SES-19');
  });

  it('FRM-17: but not with another profile at once', async () => {
    const rules = { externalSenderKey: new Uint8Array(32).fill(5), profile: { ...PROFILE, exercise: false } };
    const proposal = byValue({
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions: encodeGroupRules(rules) },
    });
    const anybody = { validateCredential: async () => Promise.resolve(true) };
    const made = await buildCommit(suite, stateOf(anna), {
      proposals: [proposal],
      withPath: true,
      authService: anybody,
      authenticatedData: utf8(''),
    });
    await refuses(process(boris, made.commit), 'malformed', 'FRM-17');
  });

  it('SES-19: nor does one join a group with another hub', async () => {
    const { groupInfo } = channel;
    const other = new Uint8Array(32).fill(5);
    await refuses(mls.rejoin({ ...boris, groupInfo, hubKeys: [other], policy: TRUSTING }), 'integrity', 'SES-19');
    const { keyPackage, secrets } = await channel.keyPackage(channel.device('bg:dora:desk'));
    const { welcome } = await mls.commitAdd(stateOf(anna), [keyPackage], TRUSTING, { at: NOW });
    const joining = mls.join({
      welcome,
      keyPackage,
      secrets,
      signingSeed: anna.signingSeed,
      hubKeys: [other],
      policy: TRUSTING,
    });
    await refuses(joining, 'integrity', 'SES-19');
  });
});

describe('fault 7: application results carry no sender', () => {
  it('so it is read from the inner step, with the generation', async () => {
    for (const sender of [anna, boris, clara]) {
      let first: Uint8Array | undefined;
      for (const generation of [0, 1, 2]) {
        const { state, message } = await mls.encrypt(stateOf(sender), utf8(`${generation}`), utf8('header'));
        sender.state = state;
        if (generation === 0) first = message;
        if (generation === 0) continue;
        for (const reader of [anna, boris, clara].filter((device) => device !== sender))
          await reads(reader, sender, message, generation);
      }
      // Out of order: the one that was left out.
      for (const reader of [anna, boris, clara].filter((device) => device !== sender))
        await reads(reader, sender, must(first), 0);
    }
  });

  async function reads(reader: Device, sender: Device, message: Uint8Array, generation: number): Promise<void> {
    const opened = await mls.decrypt(stateOf(reader), message);
    reader.state = opened.state;
    expect(fromUtf8(opened.plaintext)).toBe(`${generation}`);
    expect(fromUtf8(opened.authenticatedData)).toBe('header');
    expect(opened).toMatchObject({
      senderLeaf: ownLeafIndex(stateOf(sender)),
      senderCertificate: sender.certificate,
      generation,
    });
    await refuses(mls.decrypt(stateOf(reader), message), 'cannot-open', 'SES-21');
  }
});

describe('fault 9: a commit that the hub refuses', () => {
  it('leaves the state as it was', async () => {
    const before = serializeState(stateOf(anna));
    await mls.commitUpdate(stateOf(anna));
    await mls.commitRemove(stateOf(anna), [1]);
    expect(serializeState(stateOf(anna))).toEqual(before);
    const { state, message } = await mls.encrypt(stateOf(anna), utf8('still here'), utf8(''));
    anna.state = state;
    expect(fromUtf8((await mls.decrypt(stateOf(boris), message)).plaintext)).toBe('still here');
    await channel.deliver(boris, await mls.commitUpdate(stateOf(boris)));
    expect(channel.authenticators().size).toBe(1);
  });

  it('SES-11: leaves the state of a member who refuses it as it was', async () => {
    const { commit } = await mls.commitRemove(stateOf(anna), [2]);
    const before = serializeState(stateOf(boris));
    const refusing = { ...TRUSTING, authorize: () => ({ ok: false as const, reason: 'Anna may not remove anybody.' }) };
    const attempt = mls.processCommit(stateOf(boris), commit, refusing);
    await expect(attempt).rejects.toMatchObject({
      message: 'Anna may not remove anybody.',
      details: { check: 'SES-11' },
    });
    expect(serializeState(stateOf(boris))).toEqual(before);
  });
});

describe('fault 10: lax defaults', () => {
  it('a commit of a profile has a path, and fresh keys with it', async () => {
    const profile = { ...PROFILE, retention: { reviewDays: 7 } };
    const made = await mls.commitProfile(stateOf(anna), profile);
    expect(parseCommit(made.commit).content.path).toBeDefined();
    const { state, change } = await process(boris, made.commit);
    expect([change.profile.before, change.profile.after, profileOf(state)]).toEqual([PROFILE, profile, profile]);
  });

  it('SES-05: no credential is accepted unasked, when adding, joining or processing', async () => {
    const wary = (refused: string) => ({
      ...TRUSTING,
      validateCredential: (certificate: Uint8Array) =>
        deviceOf(certificate) === refused
          ? { ok: false as const, reason: `${refused} is revoked.` }
          : { ok: true as const },
    });
    const dora = channel.device('bg:dora:desk');
    const { keyPackage, secrets } = await channel.keyPackage(dora);
    const add = async (policy: typeof TRUSTING) => mls.commitAdd(stateOf(anna), [keyPackage], policy, { at: NOW });
    await refuses(add(wary(dora.address)), 'not-allowed', 'SES-05');
    const made = await add(TRUSTING);
    await refuses(mls.processCommit(stateOf(boris), made.commit, wary(dora.address)), 'not-allowed', 'SES-05');
    const joining = mls.join({
      welcome: made.welcome,
      keyPackage,
      secrets,
      signingSeed: dora.signingSeed,
      hubKeys: [channel.hub.publicKey],
      policy: wary(clara.address),
    });
    await expect(joining).rejects.toMatchObject({ message: 'iq:clara:desk is revoked.' });
    const update = await mls.commitUpdate(stateOf(clara));
    await refuses(mls.processCommit(stateOf(boris), update.commit, wary(clara.address)), 'not-allowed', 'SES-05');
  });

  it('the lifetime of a KeyPackage counts by the caller’s clock (FRM-13)', async () => {
    const { keyPackage } = await channel.keyPackage(channel.device('bg:dora:desk'));
    await refuses(
      mls.commitAdd(stateOf(anna), [keyPackage], TRUSTING, { at: NOW + 400 * 24 * 3600 * 1000 }),
      'not-allowed',
      'FRM-13',
    );
  });
});

describe('fault 11: encodings change with the version', () => {
  it('SES-23: so a state names the library that wrote it, and another is refused', () => {
    const { version } = JSON.parse(readFileSync('node_modules/ts-mls/package.json', 'utf8')) as { version: string };
    expect(LIBRARY_VERSION).toBe(`ts-mls/${version}`);
    const stored = serializeState(stateOf(anna));
    expect(deserializeState(stored)).toEqual(stateOf(anna));
    const other = utf8(fromUtf8(stored.slice(0, 45)).replace('1.6.4', '2.0.0'));
    for (const damaged of [
      new Uint8Array([...other, ...stored.slice(45)]),
      stored.slice(0, -1),
      new Uint8Array([...stored, 0]),
      new Uint8Array(),
    ]) {
      expect(() => deserializeState(damaged)).toThrow(
        expect.objectContaining({ code: 'cannot-open', details: { check: 'SES-23' } }),
      );
    }
  });
});

describe('fault 12: one bad credential blocks every joiner', () => {
  it('so the policy is told whether a leaf is new or already there', async () => {
    const expired = clara.address;
    const tolerant = {
      ...TRUSTING,
      validateCredential: (certificate: Uint8Array, _key: Uint8Array, standing: string) =>
        deviceOf(certificate) === expired && standing === 'new'
          ? { ok: false as const, reason: 'expired' }
          : { ok: true as const },
    };
    const dora = channel.device('bg:dora:desk');
    const { keyPackage, secrets } = await channel.keyPackage(dora);
    const { welcome } = await mls.commitAdd(stateOf(anna), [keyPackage], tolerant, { at: NOW });
    const joined = await mls.join({
      welcome,
      keyPackage,
      secrets,
      signingSeed: dora.signingSeed,
      hubKeys: [channel.hub.publicKey],
      policy: tolerant,
    });
    expect(members(joined)).toHaveLength(4);
    const update = await mls.commitUpdate(stateOf(clara));
    await refuses(mls.processCommit(stateOf(boris), update.commit, tolerant), 'not-allowed', 'SES-05');
  });
});

describe('fault 13: keys of past epochs are kept', () => {
  it('so they are dropped: the stored state does not grow with epochs and opens no past message', async () => {
    const sizes: number[] = [];
    const sent = await mls.encrypt(stateOf(anna), utf8('of epoch 1'), utf8(''));
    anna.state = sent.state;
    for (let count = 0; count < 12; count += 1) {
      const committer = must(channel.members[count % 3]);
      await channel.deliver(committer, await mls.commitUpdate(stateOf(committer)));
      expect(channel.members.map((member) => stateOf(member).unsafeSecrets.historicalReceiverData.size)).toEqual([
        0, 0, 0,
      ]);
      sizes.push(serializeState(stateOf(boris)).length);
    }
    expect(Math.max(...sizes.slice(3)) - Math.min(...sizes.slice(3))).toBeLessThan(16);
    const restored = deserializeState(serializeState(stateOf(boris)));
    await refuses(mls.decrypt(restored, sent.message), 'stale-epoch', 'SES-14');
    await expect(openWithoutRules(suite, restored, sent.message)).rejects.toThrow();
  });

  it('and a removed member’s keys open nothing that comes after', async () => {
    const last = stateOf(clara);
    await channel.remove(anna, [clara]);
    const { message } = await mls.encrypt(stateOf(anna), utf8('without Clara'), utf8(''));
    await expect(openWithoutRules(suite, last, message)).rejects.toThrow();
    await expect(openWithoutRules(suite, stateOf(boris), message)).resolves.toBeDefined();
  });
});

describe('fault 14: silent failures of libsodium', () => {
  it('lengths are checked before, results after', async () => {
    const { signature, hpke } = suite;
    expect(await signature.verify(new Uint8Array(31), utf8('x'), new Uint8Array(64))).toBe(false);
    expect(await signature.verify(new Uint8Array(32), utf8('x'), new Uint8Array(63))).toBe(false);
    await expect(hpke.seal(await hpke.importPublicKey(new Uint8Array(31)), utf8('x'), utf8(''))).rejects.toThrow(
      '32 bytes',
    );
    await expect(
      hpke.decryptAead(new Uint8Array(32), new Uint8Array(12), undefined, new Uint8Array(16)),
    ).rejects.toThrow('Decryption failed');
    const short = { certificate: anna.certificate, signingSeed: new Uint8Array(31) };
    await expect(mls.commitUpdate(stateOf(anna), { renewal: short })).rejects.toMatchObject({ code: 'usage' });
  });

  it('a random source that fails is noticed', async () => {
    const broken = await loadMls({ bytes: () => new Uint8Array(3) });
    await expect(broken.commitUpdate(stateOf(anna))).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('faults found here', () => {
  it('SES-07: the library does not look whether a fresh leaf repeats a key', async () => {
    const renewal = {
      signingSeed: clara.signingSeed,
      certificate: certificateFor(boris.address, clara.signingSeed, 2),
    };
    await refuses(mls.commitUpdate(stateOf(boris), { renewal }), 'integrity', 'SES-07');
  });

  it('SES-12: the library walks for ever when an external commit removes a leaf outside of the tree', async () => {
    const honest = decodeMessage(await takeLeaf(suite, channel.groupInfo, boris, boris.address), 'mls_public_message');
    const { content } = honest.publicMessage;
    if (content.contentType !== 'commit') throw new Error('no commit');
    const proposals = content.commit.proposals.map((item) =>
      item.proposalOrRefType === 'proposal' && 'remove' in item.proposal
        ? { ...item, proposal: removeProposal(1000) }
        : item,
    );
    const publicMessage = {
      ...honest.publicMessage,
      content: { ...content, commit: { ...content.commit, proposals } },
    };
    await refuses(process(anna, encodeMlsMessage({ ...honest, publicMessage })), 'integrity', 'SES-12');
  });

  it('the library cannot re-join a group of one; patched, it can, and invites others again', async () => {
    await channel.remove(anna, [boris, clara]);
    await channel.rejoin(anna);
    const dora = channel.device('bg:dora:desk');
    await channel.add(anna, [dora]);
    expect(channel.authenticators().size).toBe(1);
    const { message } = await mls.encrypt(stateOf(dora), utf8('hello'), utf8(''));
    expect(fromUtf8((await mls.decrypt(stateOf(anna), message)).plaintext)).toBe('hello');
  });

  it('SES-10: one device is added once', async () => {
    const second = { ...channel.device(boris.address), serial: 2 };
    const { keyPackage } = await channel.keyPackage(second);
    await refuses(mls.commitAdd(stateOf(anna), [keyPackage], TRUSTING, { at: NOW }), 'integrity', 'SES-10');
    const library = libraryState(stateOf(anna));
    const add: Proposal = {
      proposalType: 'add',
      add: { keyPackage: decodeMessage(keyPackage, 'mls_key_package').keyPackage },
    };
    const { commit } = await hostileCommit(suite, { unsafeSecrets: library }, [add]);
    await expect(process(clara, commit)).rejects.toMatchObject({ name: 'LiaisonError', code: 'integrity' });
  });

  it('the epoch stays the number that it was', () => {
    expect(epochOf(stateOf(anna))).toBe(1);
    expect(memberAt(stateOf(anna), 7)).toBeUndefined();
  });
});

async function refuses(step: Promise<unknown>, code: string, check: string): Promise<void> {
  await expect(step).rejects.toMatchObject({ name: 'LiaisonError', code, details: { check } });
}
