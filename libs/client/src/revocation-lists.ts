import { authoritiesOf, type RevocationList, sha256, verifyListByAuthorities } from '#liaison/crypto';
import {
  type ContactPointId,
  equalBytes,
  fromBase64url,
  LiaisonError,
  type Roster,
  toBase64url,
} from '#liaison/protocol';
import { breach } from './breach.js';
import type { Hub } from './hub.js';

/** What the hub says of one contact point's list: DER, that it is the one that the device has, nothing, or an answer outside of the contract. */
export interface ListAnswer {
  readonly contactPoint: ContactPointId;
  readonly answer: Uint8Array | 'unchanged' | undefined | LiaisonError;
}

/**
 * In as few calls as their size allows.
 * @param known what this device has already. @throws LiaisonError of the hub where it does not answer.
 */
export async function fetchLists(
  hub: Hub,
  contactPoints: Iterable<ContactPointId>,
  known: ReadonlyMap<ContactPointId, RevocationList> = new Map(),
): Promise<ListAnswer[]> {
  const answers: ListAnswer[] = [];
  for (let waiting = [...contactPoints]; waiting.length > 0;) {
    const page = await fetchSome(hub, waiting, known);
    const answered = new Set(page.map(({ contactPoint }) => contactPoint));
    answers.push(...page);
    waiting = waiting.filter((contactPoint) => !answered.has(contactPoint));
  }
  return answers;
}

/** Of at least one of them. */
async function fetchSome(
  hub: Hub,
  contactPoints: readonly ContactPointId[],
  known: ReadonlyMap<ContactPointId, RevocationList>,
): Promise<ListAnswer[]> {
  const wanted = contactPoints.map((contactPoint) => {
    const list = known.get(contactPoint);
    return { contactPoint, ...(list && { known: toBase64url(list.digest) }) };
  });
  try {
    const page = await hub.call('findRevocationLists', { body: { wanted } });
    const later = new Set(page.later);
    const answered = contactPoints.filter((contactPoint) => !later.has(contactPoint));
    if (answered.length === 0) throw breach('CLI-44', 'It puts off all that it is asked for.');
    const lists = new Map(page.lists.map(({ contactPoint, crl }) => [contactPoint, fromBase64url(crl)]));
    const unchanged = new Set(page.unchanged);
    return answered.map((contactPoint) => ({
      contactPoint,
      answer: lists.get(contactPoint) ?? (unchanged.has(contactPoint) ? 'unchanged' : undefined),
    }));
  } catch (error) {
    if (!(error instanceof LiaisonError) || error.code !== 'integrity') throw error;
    return contactPoints.map((contactPoint) => ({ contactPoint, answer: error }));
  }
}

interface AcceptedList {
  readonly der: Uint8Array;
  readonly crl: RevocationList;
  /** It dates revocations back: it is taken, for it may revoke more, and told. */
  readonly doubt?: LiaisonError;
}

/** @param known the newest that this device has seen. @throws LiaisonError `integrity` CLI-44, or the fault of the answer. */
export function acceptedList(
  roster: Roster,
  { contactPoint, answer }: ListAnswer,
  at: number,
  known: RevocationList | undefined,
): AcceptedList | undefined {
  if (answer instanceof LiaisonError) throw answer;
  if (answer === undefined) {
    if (known !== undefined) throw breach('CLI-44', `It hides the list of ${contactPoint} that it has shown before.`);
    return undefined;
  }
  if (answer === 'unchanged') {
    if (known === undefined)
      throw breach('CLI-44', `It says that ${contactPoint} has the list that this device never saw.`);
    return undefined;
  }
  if (known !== undefined && equalBytes(sha256(answer), known.digest)) return { der: answer, crl: known };
  const verification = verifiedList(roster, contactPoint, answer, at, known);
  const fault = () => breach('CLI-44', `Contact point ${contactPoint}: ${verification.message}`);
  if (verification.crl === undefined) throw fault();
  return { der: answer, crl: verification.crl, ...(verification.message !== undefined && { doubt: fault() }) };
}

/** One that was taken before, whatever the clock says now: a clock that was put back lets nobody in again. */
export function storedList(
  roster: Roster,
  contactPoint: ContactPointId,
  crl: Uint8Array,
  at: number,
  bounds?: StoredBounds,
): RevocationList | undefined {
  const point = roster.contactPoints.find(({ id }) => id === contactPoint);
  const verification = point && verifyListByAuthorities({ crl, authorities: authoritiesOf(point), at });
  if (verification === undefined || !('crl' in verification)) return undefined;
  if (bounds === undefined) return verification.crl;
  const { notBefore, revokedAt } = bounds;
  return { ...verification.crl, bounds: { notBefore, revokedAt: new Map(revokedAt) } };
}

/** `bounds` of a list as they are stored. */
export interface StoredBounds {
  readonly v: 1;
  readonly notBefore: number;
  readonly revokedAt: readonly (readonly [serial: string, revokedAt: number])[];
}

export function storedBounds({ bounds }: RevocationList): StoredBounds | undefined {
  return bounds && { v: 1, notBefore: bounds.notBefore, revokedAt: [...bounds.revokedAt] };
}

/** @returns the reason where it does not verify. A list that is due for renewal still revokes what it revokes. */
export function verifyList(
  roster: Roster,
  contactPoint: ContactPointId,
  crl: Uint8Array,
  at: number,
): RevocationList | string {
  const { crl: list, message } = verifiedList(roster, contactPoint, crl, at);
  return list ?? message;
}

type VerifiedList =
  { readonly crl: RevocationList; readonly message?: string } | { readonly crl?: undefined; readonly message: string };

/** @returns what is wrong with it; with the list where it revokes all the same. */
function verifiedList(
  roster: Roster,
  contactPoint: ContactPointId,
  crl: Uint8Array,
  at: number,
  last?: RevocationList,
): VerifiedList {
  const point = roster.contactPoints.find(({ id }) => id === contactPoint);
  if (point === undefined) return { message: 'Its contact point is not in the roster.' };
  const verification = verifyListByAuthorities({ crl, authorities: authoritiesOf(point), at, last });
  if (verification.outcome === 'back-dated') return verification;
  const isTaken = verification.outcome === 'ok' || verification.outcome === 'expired';
  return isTaken ? { crl: verification.crl } : { message: verification.message };
}
