import { createGroup as createLibraryGroup } from 'ts-mls/clientState.js';
import { encodeGroupRules } from '#liaison/mls-framing';
import { equalBytes, type ChannelProfile } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { clientConfig } from './client-config.js';
import { enterEpoch } from './epoch.js';
import { encodeGroupInfo, signedGroupInfo } from './group-info.js';
import type { GroupState } from './group-state.js';
import { expandSigner, generateKeyPackage, NO_LIFETIME } from './key-package.js';
import type { Signer } from './mls.js';

export interface NewGroup extends Signer {
  readonly groupId: Uint8Array;
  readonly profile: ChannelProfile;
  readonly externalSenderKey: Uint8Array;
}

export async function createGroup(
  suite: CipherSuite,
  input: NewGroup,
): Promise<{ readonly state: GroupState; readonly groupInfo: Uint8Array }> {
  const own = await generateKeyPackage(suite, expandSigner(suite, input), NO_LIFETIME);
  const config = clientConfig({
    validateCredential: async (_credential, key) => Promise.resolve(equalBytes(key, input.externalSenderKey)),
  });
  const extensions = encodeGroupRules(input);
  const { publicPackage, privatePackage } = own;
  const library = await createLibraryGroup(input.groupId, publicPackage, privatePackage, extensions, suite, config);
  const state = enterEpoch(library);
  return { state, groupInfo: encodeGroupInfo(await signedGroupInfo(suite, state)) };
}
