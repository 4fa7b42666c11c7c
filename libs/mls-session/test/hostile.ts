import {
  createCommit,
  encodeMlsMessage,
  joinGroupExternal,
  makePskIndex,
  type ClientConfig,
  type Proposal,
} from 'ts-mls';
import type { ClientState } from 'ts-mls';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { decodeMessage } from '#liaison/mls-framing';
import type { CipherSuite } from '../src/cipher-suite.js';
import { clientConfig } from '../src/client-config.js';
import type { GroupState } from '../src/index.js';
import { generateKeyPackage, expandSigner, NO_LIFETIME } from '../src/key-package.js';
import { deviceOf, type Device } from './community.js';

/** What a member can do that uses the library without the rules of libs/mls-session. */
export function libraryState(state: GroupState, change: Partial<ClientConfig> = {}): ClientState {
  const anybody = { validateCredential: async () => Promise.resolve(true) };
  return { ...state.unsafeSecrets, clientConfig: { ...clientConfig(anybody), ...change } };
}

export async function hostileCommit(
  suite: CipherSuite,
  state: GroupState,
  proposals: Proposal[],
  psks: Record<string, Uint8Array> = {},
): Promise<{ commit: Uint8Array; pending: ClientState }> {
  const library = libraryState(state);
  const pskIndex = makePskIndex(library, psks);
  const options = { wireAsPublicMessage: true, extraProposals: proposals };
  const made = await createCommit({ state: library, cipherSuite: suite, pskIndex }, options);
  return { commit: encodeMlsMessage(made.commit), pending: made.newState };
}

/** An external commit by `intruder` that takes the leaf of the device named `victim`. */
export async function takeLeaf(
  suite: CipherSuite,
  groupInfo: Uint8Array,
  intruder: Device,
  victim: string,
): Promise<Uint8Array> {
  const { publicPackage, privatePackage } = await generateKeyPackage(suite, expandSigner(suite, intruder), NO_LIFETIME);
  const isVictim = (leaf: { credential: { credentialType: string } }): boolean =>
    'certificates' in leaf.credential &&
    deviceOf((leaf.credential.certificates as Uint8Array[])[0] ?? new Uint8Array()) === victim;
  const anybody = { validateCredential: async () => Promise.resolve(true) };
  const equality = {
    compareKeyPackages: () => false,
    compareKeyPackageToLeafNode: (_: unknown, leaf: Parameters<typeof isVictim>[0]) => isVictim(leaf),
  };
  const config = { ...clientConfig(anybody), keyPackageEqualityConfig: equality };
  const info = decodeMessage(groupInfo, 'mls_group_info').groupInfo;
  const joined = await joinGroupExternal(info, publicPackage, privatePackage, true, suite, undefined, config);
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage: joined.publicMessage });
}

/** Tries the keys of a state on a message as if no check of epochs stood in the way. */
export async function openWithoutRules(suite: CipherSuite, state: GroupState, message: Uint8Array): Promise<unknown> {
  const { privateMessage } = decodeMessage(message, 'mls_private_message');
  const { keySchedule, secretTree, ratchetTree, groupContext } = state.unsafeSecrets;
  const { keyRetentionConfig } = libraryState(state).clientConfig;
  const { senderDataSecret } = keySchedule;
  return unprotectPrivateMessage(
    senderDataSecret,
    privateMessage,
    secretTree,
    ratchetTree,
    groupContext,
    keyRetentionConfig,
    suite,
  );
}
