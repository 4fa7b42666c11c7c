import { mlsExporter } from 'ts-mls/keySchedule.js';
import type { RandomSource } from '#liaison/protocol';
import { decrypt, encrypt } from './application-message.js';
import { cipherSuite, type CipherSuite } from './cipher-suite.js';
import { requireActive } from './commit-checks.js';
import { createGroup } from './create-group.js';
import { encodeGroupInfo, signedGroupInfo } from './group-info.js';
import { join, rejoin } from './join.js';
import { createKeyPackage } from './key-package.js';
import {
  commitAdd,
  commitHubKey,
  commitProfile,
  commitProposals,
  commitRemove,
  commitUpdate,
} from './member-commits.js';
import type { Mls } from './mls.js';
import { libsodiumPrimitives } from './primitives.js';
import { processCommit } from './process-commit.js';
import { processProposal } from './process-proposal.js';

/** MLS over libsodium, in browsers and Node. @param random the only source of randomness. */
export async function loadMls(random: RandomSource): Promise<Mls> {
  return mlsOver(cipherSuite(await libsodiumPrimitives(), random));
}

function mlsOver(suite: CipherSuite): Mls {
  return {
    createKeyPackage: (input) => createKeyPackage(suite, input),
    createGroup: (input) => createGroup(suite, input),
    commitAdd: (state, keyPackages, policy, options) => commitAdd(suite, state, keyPackages, policy, options),
    commitRemove: (state, leafIndexes, options) => commitRemove(suite, state, leafIndexes, options),
    commitUpdate: (state, options) => commitUpdate(suite, state, options),
    commitProfile: (state, profile, options) => commitProfile(suite, state, profile, options),
    commitHubKey: (state, hubKey, options) => commitHubKey(suite, state, hubKey, options),
    commitProposals: (state, options) => commitProposals(suite, state, options),
    processCommit: (state, commit, policy) => processCommit(suite, state, commit, policy),
    processProposal: (state, proposal) => processProposal(suite, state, proposal),
    join: (invitation) => join(suite, invitation),
    rejoin: (input) => rejoin(suite, input),
    encrypt: (state, plaintext, authenticatedData) => encrypt(suite, state, plaintext, authenticatedData),
    decrypt: (state, message) => decrypt(suite, state, message),
    groupInfo: async (state) => {
      requireActive(state);
      return encodeGroupInfo(await signedGroupInfo(suite, state));
    },
    exportSecret: async (state, label, context, length) => {
      requireActive(state);
      return mlsExporter(state.unsafeSecrets.keySchedule.exporterSecret, label, context, length, suite);
    },
  };
}
