import { type ContactPointId, fromBase64url, type Roster } from '#liaison/protocol';
import { type VerifierKey, verifierKey } from './verifier-key.js';

/** How the witness of a contact point is called in notes. */
export function witnessName(community: string, contactPoint: ContactPointId): string {
  return `${community}/witness/${contactPoint}`;
}

/** The witnesses that a roster names: contact points that are active and have declared a witness key. */
export function rosterWitnesses({ community, contactPoints }: Roster): VerifierKey[] {
  return contactPoints.flatMap(({ id, status, witnessKey }) =>
    status === 'active' && witnessKey !== undefined
      ? [verifierKey('witness', witnessName(community, id), fromBase64url(witnessKey))]
      : [],
  );
}
