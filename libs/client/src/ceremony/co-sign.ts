import { signedRoster, type SigningKey, keyIdOf, signRoster, verifyRosterUpdate } from '#liaison/crypto';
import { LiaisonError, type Roster, type SignedRoster } from '#liaison/protocol';

type RosterSignature = SignedRoster['signatures'][number];

/**
 * One co-chair's signature, made apart from the others.
 * @param predecessor the version before: its co-chairs sign too, whether or not the draft still names them.
 * @throws LiaisonError `usage` where neither names this key.
 */
export function coSign(draft: Roster, key: SigningKey, predecessor?: Roster): RosterSignature {
  const mine = keyIdOf(key.publicKey);
  if (
    ![draft, ...(predecessor ? [predecessor] : [])].some(({ coChairs }) => coChairs.some((each) => each.keyId === mine))
  ) {
    throw new LiaisonError('usage', `The roster does not name this key as a co-chair's: ${mine}.`);
  }
  return signRoster(draft, key);
}

/**
 * Puts the signatures under the roster.
 * @param predecessor the version before it; none for the founding roster.
 * @throws LiaisonError `usage` where they do not reach its own threshold and that of its predecessor.
 */
export function assembleSignedRoster(
  draft: Roster,
  signatures: readonly RosterSignature[],
  predecessor?: Roster,
): SignedRoster {
  const signed = signedRoster(draft, signatures);
  const at = Date.parse(draft.issuedAt);
  const verification = verifyRosterUpdate({ pinned: predecessor, candidate: signed, at });
  if (verification.outcome !== 'ok') throw new LiaisonError('usage', verification.message, verification);
  return signed;
}
