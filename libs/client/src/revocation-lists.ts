import { authoritiesOf, type RevocationList, verifyListByAuthorities } from '#liaison/crypto';
import { type ContactPointId, fromBase64url, LiaisonError, type Roster } from '#liaison/protocol';
import { breach } from './breach.js';
import type { Hub } from './hub.js';

/** What the hub hands out for one contact point: DER, nothing, or an answer outside of the contract. */
export interface ListAnswer {
  readonly contactPoint: ContactPointId;
  readonly answer: Uint8Array | undefined | LiaisonError;
}

/** All at once. @throws LiaisonError of the hub where it does not answer. */
export function fetchLists(hub: Hub, contactPoints: Iterable<ContactPointId>): Promise<ListAnswer[]> {
  return Promise.all(
    [...contactPoints].map(async (contactPoint) => ({ contactPoint, answer: await listOf(hub, contactPoint) })),
  );
}

async function listOf(hub: Hub, contactPoint: ContactPointId): Promise<ListAnswer['answer']> {
  try {
    return fromBase64url((await hub.call('getRevocationList', { params: { contactPoint } })).crl);
  } catch (error) {
    if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
    if (error instanceof LiaisonError && error.code === 'integrity') return error;
    throw error;
  }
}

/** @param known the newest that this device has seen. @throws LiaisonError `integrity` CLI-44, or the fault of the answer. */
export function acceptedList(
  roster: Roster,
  { contactPoint, answer }: ListAnswer,
  at: number,
  known: RevocationList | undefined,
): { readonly der: Uint8Array; readonly crl: RevocationList } | undefined {
  if (answer instanceof LiaisonError) throw answer;
  if (answer === undefined) {
    if (known !== undefined) throw breach('CLI-44', `It hides the list of ${contactPoint} that it has shown before.`);
    return undefined;
  }
  const crl = verifyList(roster, contactPoint, answer, at, known);
  if (typeof crl === 'string') throw breach('CLI-44', `Contact point ${contactPoint}: ${crl}`);
  return { der: answer, crl };
}

/** @returns the reason where it does not verify. A list that is due for renewal still revokes what it revokes. */
export function verifyList(
  roster: Roster,
  contactPoint: ContactPointId,
  crl: Uint8Array,
  at: number,
  last?: RevocationList,
): RevocationList | string {
  const point = roster.contactPoints.find(({ id }) => id === contactPoint);
  if (point === undefined) return 'Its contact point is not in the roster.';
  const verification = verifyListByAuthorities({ crl, authorities: authoritiesOf(point), at, last });
  return verification.outcome === 'ok' || verification.outcome === 'expired' ? verification.crl : verification.message;
}
