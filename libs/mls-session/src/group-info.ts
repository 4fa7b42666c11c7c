import { createGroupInfoWithExternalPubAndRatchetTree } from 'ts-mls/createCommit.js';
import type { GroupInfo } from 'ts-mls/groupInfo.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import type { CipherSuite } from './cipher-suite.js';
import { clientConfig, noCredentials } from './client-config.js';
import type { GroupState } from './group-state.js';

/** GroupInfo (RFC 9420 section 12.4.3) with `external_pub` and `ratchet_tree`, signed by this device. */
export async function signedGroupInfo(suite: CipherSuite, state: GroupState): Promise<GroupInfo> {
  const config = { clientConfig: clientConfig(noCredentials) };
  return createGroupInfoWithExternalPubAndRatchetTree({ ...state.unsafeSecrets, ...config }, [], suite);
}

export function encodeGroupInfo(groupInfo: GroupInfo): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
}
