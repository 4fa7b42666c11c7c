import { signedRoster, signRoster, verifyRosterUpdate } from '#liaison/crypto';
import { LiaisonError, type Roster, type SignedRoster } from '#liaison/protocol';
import type { CoChairKey } from './co-chair-key.js';

type RosterSignature = SignedRoster['signatures'][number];

/** One co-chair's signature, made apart from the others. @throws LiaisonError `usage` where the draft does not name this key. */
export function coSign(draft: Roster, coChair: CoChairKey): RosterSignature {
  const signature = signRoster(draft, coChair.key);
  if (!draft.coChairs.some(({ keyId }) => keyId === signature.keyId)) {
    throw new LiaisonError('usage', `The roster does not name this key as a co-chair's: ${coChair.contactPoint}.`);
  }
  return signature;
}

/** Puts the signatures under the roster. @throws LiaisonError `usage` where they do not reach its own threshold. */
export function assembleSignedRoster(draft: Roster, signatures: readonly RosterSignature[]): SignedRoster {
  const signed = signedRoster(draft, signatures);
  const verification = verifyRosterUpdate({ pinned: undefined, candidate: signed, at: Date.parse(draft.issuedAt) });
  if (verification.outcome !== 'ok') throw new LiaisonError('usage', verification.message, verification);
  return signed;
}
