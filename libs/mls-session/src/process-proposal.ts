import { processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { decodeMessage, parseHandshake } from '#liaison/mls-framing';
import { LiaisonError } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { clientConfig, noCredentials } from './client-config.js';
import { requireCurrent } from './commit-checks.js';
import { received } from './fault.js';
import { memberAt, type GroupState } from './group-state.js';
import type { ProcessedProposal } from './mls.js';

export async function processProposal(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
): Promise<ProcessedProposal> {
  const proposal = parseHandshake(bytes);
  if (proposal.content.kind !== 'proposal')
    throw new LiaisonError('malformed', 'A proposal is expected here, not a commit.', { check: 'FRM-19' });
  // The hub's signature covers group and epoch, but the library compares neither with the state.
  requireCurrent(state, proposal);
  const removes = memberAt(state, proposal.content.removes);
  if (removes === undefined)
    throw new LiaisonError('integrity', 'The hub proposes to remove nobody.', { check: 'SES-12' });
  const { publicMessage } = decodeMessage(bytes, 'mls_public_message');
  const before = { ...state.unsafeSecrets, clientConfig: clientConfig(noCredentials) };
  const { newState } = await received('proposal', async () =>
    processPublicMessage(before, publicMessage, emptyPskIndex, suite),
  );
  return {
    state: { unsafeSecrets: { ...state.unsafeSecrets, unappliedProposals: newState.unappliedProposals } },
    removes,
    authenticatedData: proposal.authenticatedData,
  };
}

/** Of members whom nobody is to remove any more. Whoever commits such a removal all the same has it known to {@link processProposal} again. */
export function forgetProposals(state: GroupState, leafIndexes: readonly number[]): GroupState {
  const kept = Object.entries(state.unsafeSecrets.unappliedProposals).filter(
    ([, { proposal }]) => !('remove' in proposal) || !leafIndexes.includes(proposal.remove.removed),
  );
  return { unsafeSecrets: { ...state.unsafeSecrets, unappliedProposals: Object.fromEntries(kept) } };
}
