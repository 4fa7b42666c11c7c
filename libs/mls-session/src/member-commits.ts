import type { GroupInfo } from 'ts-mls/groupInfo.js';
import { type KeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import type { ProposalOrRef } from 'ts-mls/proposalOrRefType.js';
import { encryptGroupInfo, encryptGroupSecrets } from 'ts-mls/welcome.js';
import { encodeGroupRules, type GroupRules, validateKeyPackage } from '#liaison/mls-framing';
import { equalBytes, LiaisonError, LIMITS, type ChannelProfile } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { authService, noCredentials } from './client-config.js';
import { buildCommit, byValue, type BuiltCommit } from './commit.js';
import { requireActive } from './commit-checks.js';
import { requireUnlikeDevices } from './device.js';
import { received } from './fault.js';
import { encodeGroupInfo, signedGroupInfo } from './group-info.js';
import { hubKeyOf, hubProposals, memberAt, members, ownLeafIndex, profileOf, type GroupState } from './group-state.js';
import { expandSigner, keyPackageOf } from './key-package.js';
import type { AddOptions, CommitOptions, PendingAdd, PendingCommit, Signer } from './mls.js';
import type { CredentialPolicy } from './policy.js';

export async function commitAdd(
  suite: CipherSuite,
  state: GroupState,
  keyPackages: readonly Uint8Array[],
  policy: CredentialPolicy,
  options: AddOptions,
): Promise<PendingAdd> {
  requireFree(state);
  if (keyPackages.length === 0) throw new LiaisonError('usage', 'Name the KeyPackages of the devices to add.');
  if (members(state).length + keyPackages.length > LIMITS.membersPerChannel) {
    throw new LiaisonError('not-allowed', `A channel has at most ${LIMITS.membersPerChannel} members.`, {
      check: 'SES-08',
    });
  }
  for (const keyPackage of keyPackages) await validateKeyPackage(keyPackage, options);
  const proposals = keyPackages.map((bytes) =>
    byValue({ proposalType: 'add', add: { keyPackage: keyPackageOf(bytes) } }),
  );
  return received('KeyPackage', async () => {
    const built = await buildCommit(suite, state, {
      proposals,
      withPath: false,
      authService: authService(policy, 'new', [hubKeyOf(state)]),
      authenticatedData: options.authenticatedData ?? new Uint8Array(),
    });
    requireUnlikeDevices(built.pending, policy);
    const groupInfo = await signedGroupInfo(suite, built.pending);
    const welcome = await welcomeTo(suite, built, groupInfo);
    return { pending: built.pending, commit: built.commit, groupInfo: encodeGroupInfo(groupInfo), welcome };
  });
}

export async function commitRemove(
  suite: CipherSuite,
  state: GroupState,
  leafIndexes: readonly number[],
  options: CommitOptions = {},
): Promise<PendingCommit> {
  requireActive(state);
  // The committer answers for each removal: what the hub has proposed is no reason to take it along.
  const proposed = onceEach(hubProposals(state).filter(({ removes }) => leafIndexes.includes(removes)));
  for (const leafIndex of leafIndexes) {
    if (leafIndex === ownLeafIndex(state)) throw new LiaisonError('usage', 'A device cannot commit its own removal.');
    if (memberAt(state, leafIndex) === undefined) throw new LiaisonError('usage', `Leaf ${leafIndex} holds no member.`);
  }
  const values = new Set(leafIndexes.filter((leafIndex) => !proposed.some(({ removes }) => removes === leafIndex)));
  const proposals = [
    ...proposed.map(({ reference }) => ({ proposalOrRefType: 'reference' as const, reference })),
    ...[...values].map((removed) => byValue({ proposalType: 'remove', remove: { removed } })),
  ];
  if (proposals.length === 0) throw new LiaisonError('usage', 'There is nobody to remove.');
  return pathCommit(suite, state, proposals, options);
}

/** All that the hub has proposed, but for the removal of this device itself. */
export async function commitProposals(
  suite: CipherSuite,
  state: GroupState,
  options: CommitOptions = {},
): Promise<PendingCommit> {
  const leafIndexes = new Set(committable(state).map(({ removes }) => removes));
  return commitRemove(suite, state, [...leafIndexes], options);
}

export async function commitUpdate(
  suite: CipherSuite,
  state: GroupState,
  options: CommitOptions & { readonly renewal?: Signer } = {},
): Promise<PendingCommit> {
  requireFree(state);
  return pathCommit(suite, state, [], options);
}

export async function commitProfile(
  suite: CipherSuite,
  state: GroupState,
  profile: ChannelProfile,
  options: CommitOptions = {},
): Promise<PendingCommit> {
  return commitRules(suite, state, { profile, externalSenderKey: hubKeyOf(state) }, options);
}

export async function commitHubKey(
  suite: CipherSuite,
  state: GroupState,
  externalSenderKey: Uint8Array,
  options: CommitOptions = {},
): Promise<PendingCommit> {
  return commitRules(suite, state, { profile: profileOf(state), externalSenderKey }, options);
}

async function commitRules(
  suite: CipherSuite,
  state: GroupState,
  rules: GroupRules,
  options: CommitOptions,
): Promise<PendingCommit> {
  requireFree(state);
  const extensions = encodeGroupRules(rules);
  return pathCommit(
    suite,
    state,
    [byValue({ proposalType: 'group_context_extensions', groupContextExtensions: { extensions } })],
    { ...options, hubKey: rules.externalSenderKey },
  );
}

async function pathCommit(
  suite: CipherSuite,
  state: GroupState,
  proposals: readonly ProposalOrRef[],
  options: CommitOptions & { readonly renewal?: Signer; readonly hubKey?: Uint8Array },
): Promise<PendingCommit> {
  const { hubKey } = options;
  const hubOnly = {
    validateCredential: async (_: unknown, key: Uint8Array) =>
      Promise.resolve(hubKey !== undefined && equalBytes(key, hubKey)),
  };
  const { pending, commit } = await buildCommit(suite, state, {
    proposals,
    withPath: true,
    authService: hubKey === undefined ? noCredentials : hubOnly,
    authenticatedData: options.authenticatedData ?? new Uint8Array(),
    ...(options.renewal === undefined ? {} : { renewal: expandSigner(suite, options.renewal) }),
  });
  return { pending, commit, groupInfo: encodeGroupInfo(await signedGroupInfo(suite, pending)) };
}

/** RFC 9420 section 12.4.3. Additions travel without a path, so no new member gets a path secret. */
async function welcomeTo(suite: CipherSuite, built: BuiltCommit, groupInfo: GroupInfo): Promise<Uint8Array> {
  const encryptedGroupInfo = await encryptGroupInfo(groupInfo, built.welcomeSecret, suite);
  const secretsFor = async (keyPackage: KeyPackage) => {
    const initKey = await suite.hpke.importPublicKey(keyPackage.initKey);
    const groupSecrets = { joinerSecret: built.joinerSecret, pathSecret: undefined, psks: [] };
    const { enc, ct } = await encryptGroupSecrets(initKey, encryptedGroupInfo, groupSecrets, suite.hpke);
    const newMember = await makeKeyPackageRef(keyPackage, suite.hash);
    return { newMember, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } };
  };
  const secrets = await Promise.all(built.added.map(([, keyPackage]) => secretsFor(keyPackage)));
  const welcome = { cipherSuite: suite.name, secrets, encryptedGroupInfo };
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome });
}

/** A hub that proposes one removal twice must not make every commit an invalid one: a leaf is removed once. */
function onceEach(proposals: ReturnType<typeof hubProposals>): ReturnType<typeof hubProposals> {
  return [...new Map(proposals.map((each) => [each.removes, each])).values()];
}

/** The hub's removals that this device can commit: all but that of itself. */
function committable(state: GroupState): ReturnType<typeof hubProposals> {
  return hubProposals(state).filter(({ removes }) => removes !== ownLeafIndex(state));
}

/** A removal that the hub has proposed comes before anything else. */
function requireFree(state: GroupState): void {
  requireActive(state);
  if (committable(state).length > 0) {
    throw new LiaisonError('not-allowed', 'The hub asks to remove a device from this channel: commit that first.', {
      check: 'SES-09',
    });
  }
}
