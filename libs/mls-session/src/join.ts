import { joinGroup } from 'ts-mls/clientState.js';
import { joinGroupExternal } from 'ts-mls/createCommit.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import {
  decodeGroupRules,
  decodeMessage,
  parseWelcome,
  verifyGroupInfo,
  type ParsedGroupInfo,
} from '#liaison/mls-framing';
import { LiaisonError, toBase64url } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { authService, clientConfig, isAmong } from './client-config.js';
import { deviceOf, requireUnlikeDevices } from './device.js';
import { enterEpoch } from './epoch.js';
import { received } from './fault.js';
import { encodeGroupInfo, signedGroupInfo } from './group-info.js';
import type { GroupState } from './group-state.js';
import { expandSigner, generateKeyPackage, NO_LIFETIME, restoreKeyPackage } from './key-package.js';
import type { PendingCommit, Signer } from './mls.js';
import type { CredentialPolicy } from './policy.js';

export interface Invitation {
  readonly welcome: Uint8Array;
  readonly keyPackage: Uint8Array;
  readonly secrets: Uint8Array;
  readonly signingSeed: Uint8Array;
  readonly hubKeys: readonly Uint8Array[];
  readonly policy: CredentialPolicy;
}

export async function join(suite: CipherSuite, invitation: Invitation): Promise<GroupState> {
  const { publicPackage, privatePackage } = restoreKeyPackage(suite, invitation);
  const reference = toBase64url(await makeKeyPackageRef(publicPackage, suite.hash));
  if (!parseWelcome(invitation.welcome).keyPackageReferences.includes(reference))
    throw new LiaisonError('cannot-open', 'This Welcome is not for this KeyPackage.', { check: 'SES-18' });
  const { welcome } = decodeMessage(invitation.welcome, 'mls_welcome');
  const config = clientConfig(authService(invitation.policy, 'existing', invitation.hubKeys));
  return received('Welcome', async () => {
    const library = await joinGroup(
      welcome,
      publicPackage,
      privatePackage,
      emptyPskIndex,
      suite,
      undefined,
      undefined,
      config,
    );
    requireHub(decodeGroupRules(library.groupContext.extensions).externalSenderKey, invitation.hubKeys);
    const state = enterEpoch(library);
    requireUnlikeDevices(state, invitation.policy);
    return state;
  });
}

export interface Rejoin extends Signer {
  readonly groupInfo: Uint8Array;
  readonly hubKeys: readonly Uint8Array[];
  readonly policy: CredentialPolicy;
  readonly authenticatedData?: Uint8Array;
}

export async function rejoin(suite: CipherSuite, input: Rejoin): Promise<PendingCommit> {
  const facts = await verifyGroupInfo(input.groupInfo);
  requireHub(facts.externalSenderKey, input.hubKeys);
  requireOwnLeaf(facts, input);
  const { groupInfo } = decodeMessage(input.groupInfo, 'mls_group_info');
  const { publicPackage, privatePackage } = await generateKeyPackage(suite, expandSigner(suite, input), NO_LIFETIME);
  const config = clientConfig(authService(input.policy, 'existing', input.hubKeys), input.policy);
  const data = input.authenticatedData ?? new Uint8Array();
  return received('GroupInfo', async () => {
    const joined = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      true,
      suite,
      undefined,
      config,
      data,
    );
    const pending = enterEpoch(joined.newState);
    requireUnlikeDevices(pending, input.policy);
    return {
      pending,
      commit: encodeMlsMessage({
        version: 'mls10',
        wireformat: 'mls_public_message',
        publicMessage: joined.publicMessage,
      }),
      groupInfo: encodeGroupInfo(await signedGroupInfo(suite, pending)),
    };
  });
}

/** @throws LiaisonError `integrity` (SES-19). */
function requireHub(named: Uint8Array, known: readonly Uint8Array[]): void {
  if (!isAmong(known, named)) {
    throw new LiaisonError('integrity', 'This channel names another hub than the roster does.', { check: 'SES-19' });
  }
}

/** @throws LiaisonError `not-allowed` (SES-20). */
function requireOwnLeaf({ leaves }: ParsedGroupInfo, { policy, certificate }: Rejoin): void {
  const device = deviceOf(policy, certificate);
  if (!leaves.some((leaf) => leaf !== null && deviceOf(policy, leaf.certificate) === device)) {
    throw new LiaisonError(
      'not-allowed',
      'This device is not a member of the channel: an administrator has to add it.',
      { check: 'SES-20' },
    );
  }
}
