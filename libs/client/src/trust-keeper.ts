import { type RevocationList, verifyRosterUpdate } from '#liaison/crypto';
import {
  ContactPointId,
  decodeUntrustedRoster,
  equalBytes,
  LiaisonError,
  type Roster,
  type SignedRoster,
} from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { asBreach, breach } from './breach.js';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import { type FormerPoint, formerPointsAfter } from './former-points.js';
import { KEYS } from './keys.js';
import { endLateListAlarms } from './late-lists.js';
import {
  acceptedList,
  fetchLists,
  type ListAnswer,
  type StoredBounds,
  storedBounds,
  storedList,
} from './revocation-lists.js';
import type { Transaction } from './transaction.js';
import { Trust } from './trust.js';

/** More versions than a community makes in its life: a bound for a hub that counts without end. */
const MOST_STEPS = 500;

/** Keeps roster and revocation lists: pinned by the joining kit, brought forward by verified successors only. */
export class TrustKeeper {
  #trust: Trust | undefined;

  constructor(private readonly device: Device) {
    device.onChangedElsewhere(() => {
      this.#trust = undefined;
    });
  }

  /** @throws LiaisonError `malformed` where the pinned roster itself is not valid. */
  async current(transaction: Transaction): Promise<Trust> {
    if (this.#trust !== undefined) return this.#trust;
    const stored = await transaction.getJson<SignedRoster>(KEYS.roster);
    const signed = stored ?? this.device.profile.foundingRoster;
    const roster = stored === undefined ? foundingRoster(signed) : decodeUntrustedRoster(signed.roster);
    this.#trust = new Trust(
      signed,
      roster,
      await this.#storedLists(transaction, roster),
      await storedFormerPoints(transaction),
    );
    return this.#trust;
  }

  /**
   * Step by step to the newest roster. Several may ask at once, and have their answers in another order: the hub is held to what
   * this device had seen when it was asked.
   * @throws LiaisonError `integrity` CLI-01.
   */
  async refreshRoster(hub: Hub): Promise<void> {
    const { roster: known } = await this.device.transact((transaction) => this.current(transaction));
    const newest = await hub.call('getRoster', { query: {} });
    const target = versionOf(newest);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const { roster, signed } = await this.device.transact((transaction) => this.current(transaction));
      if (target < known.version)
        throw breach('CLI-01', `It shows version ${target}; this device has seen ${known.version}.`);
      if (target < roster.version) return;
      if (target === roster.version) {
        if (newest.roster !== signed.roster) throw breach('CLI-01', 'It shows another text of the same version.');
        return;
      }
      const next = roster.version + 1;
      const candidate = next === target ? newest : await rosterVersion(hub, next);
      await this.#accept(candidate, { version: next, last: next === target });
    }
  }

  /**
   * What one contact point's list is like does not keep those of the others from being taken. One that is missing,
   * overdue (its contact point may be late) or dated back raises an alarm and is no error.
   * @param contactPoints whose lists are needed now; default: all that are active.
   * @throws LiaisonError `integrity` CLI-44, the first, once all is told and stored.
   */
  async refreshRevocations(hub: Hub, contactPoints?: Iterable<ContactPointId>): Promise<void> {
    const { roster, revocationLists } = await this.device.transact((transaction) => this.current(transaction));
    const answers = await fetchLists(hub, contactPoints ?? activePoints(roster), revocationLists);
    const refused = await this.device.transact(async (transaction) => {
      const found = await this.#takeLists(transaction, answers, revocationLists);
      for (const each of [...found.refused, ...found.doubts]) await raiseAlarm(transaction, this.device.clock, each);
      await endLateListAlarms(transaction, this.device, found.newer);
      return found.refused;
    });
    if (refused[0] !== undefined) throw refused[0];
  }

  /**
   * As {@link refreshRevocations}, where work goes on by what this device has: a hub that has lost a list, or shows a wrong one, could as
   * well say that nothing has changed. The alarm says so.
   */
  async askForRevocations(hub: Hub, contactPoints: Iterable<ContactPointId>): Promise<void> {
    try {
      await this.refreshRevocations(hub, contactPoints);
    } catch (error) {
      if (!(error instanceof LiaisonError) || error.code !== 'integrity') throw error;
    }
  }

  /** A list that this device has published itself: the hub can show it none from before any more. */
  async takeOwnList(contactPoint: ContactPointId, der: Uint8Array): Promise<void> {
    await this.device.transact((transaction) => this.#takeLists(transaction, [{ contactPoint, answer: der }]));
  }

  /** @param version which the hub was asked for. */
  async #accept(
    candidate: SignedRoster,
    { version, last }: { readonly version: number; readonly last: boolean },
  ): Promise<void> {
    await this.device.transact(async (transaction) => {
      const { roster: pinned, formerPoints } = await this.current(transaction);
      // Who asked at the same time has brought it.
      if (version <= pinned.version) return;
      const now = this.device.clock.now();
      // A version in between may have run out long ago; the newest has to hold now.
      const at = last ? now : validMomentOf(candidate, now);
      const verification = verifyRosterUpdate({ pinned, candidate, at });
      if (verification.outcome !== 'ok') throw breach('CLI-01', verification.message);
      transaction.putJson(KEYS.roster, candidate);
      const lists = await this.#storedLists(transaction, verification.roster);
      const former = formerPointsAfter(formerPoints, pinned, verification.roster, now);
      transaction.putJson(KEYS.formerPoints, former);
      transaction.afterwards(() => {
        this.#trust = new Trust(candidate, verification.roster, lists, former);
      });
    });
  }

  /**
   * Of several answers that came at once one may be older than what another brought since it was asked for: that is no fault of the hub.
   * @param asked what this device had when it asked.
   * @returns what is wrong with them, each for itself: with those that are not taken, and with what counts all the same.
   */
  async #takeLists(
    transaction: Transaction,
    answers: readonly ListAnswer[],
    asked?: ReadonlyMap<ContactPointId, RevocationList>,
  ): Promise<{
    readonly refused: readonly LiaisonError[];
    readonly doubts: readonly LiaisonError[];
    readonly newer: Trust;
  }> {
    const trust = await this.current(transaction);
    const at = this.device.clock.now();
    const lists = new Map(trust.revocationLists);
    const [refused, doubts]: [LiaisonError[], LiaisonError[]] = [[], []];
    for (const { contactPoint, answer } of answers) {
      if (trust.contactPoint(contactPoint) === undefined) continue;
      const known = lists.get(contactPoint);
      try {
        const list = acceptedList(trust.roster, { contactPoint, answer }, at, known);
        if (list === undefined || (known !== undefined && equalBytes(list.crl.digest, known.digest))) continue;
        putList(transaction, contactPoint, list);
        lists.set(contactPoint, list.crl);
        if (list.doubt !== undefined) doubts.push(list.doubt);
      } catch (cause) {
        if (asked === undefined || isSame(asked.get(contactPoint), known)) refused.push(asBreach('CLI-44', cause));
      }
    }
    const newer = new Trust(trust.signed, trust.roster, lists, trust.formerPoints);
    const isNews = [...lists].some(([contactPoint, list]) => trust.revocationLists.get(contactPoint) !== list);
    if (isNews)
      transaction.afterwards(() => {
        this.#trust = newer;
      });
    const unfresh = answers.flatMap(({ contactPoint }) => newer.freshnessFault(contactPoint, at) ?? []);
    return { refused, doubts: [...doubts, ...unfresh], newer };
  }

  async #storedLists(transaction: Transaction, roster: Roster): Promise<Map<ContactPointId, RevocationList>> {
    const lists = new Map<ContactPointId, RevocationList>();
    for (const { key, value } of await transaction.stored(KEYS.crls)) {
      const contactPoint = ContactPointId.parse(key.slice(KEYS.crls.length));
      const bounds = await transaction.getJson<StoredBounds>(KEYS.crlBounds(contactPoint));
      const list = storedList(roster, contactPoint, value, this.device.clock.now(), bounds);
      // A new CA makes the list of the old one worthless; the hub gives the new one's.
      if (list !== undefined) lists.set(contactPoint, list);
    }
    return lists;
  }
}

function isSame(one: RevocationList | undefined, other: RevocationList | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && equalBytes(one.digest, other.digest));
}

function putList(
  transaction: Transaction,
  contactPoint: ContactPointId,
  { der, crl }: { readonly der: Uint8Array; readonly crl: RevocationList },
): void {
  transaction.put(KEYS.crl(contactPoint), der);
  const bounds = storedBounds(crl);
  if (bounds === undefined) transaction.delete(KEYS.crlBounds(contactPoint));
  else transaction.putJson(KEYS.crlBounds(contactPoint), bounds);
}

async function storedFormerPoints(transaction: Transaction): Promise<readonly FormerPoint[]> {
  return (await transaction.getJson<readonly FormerPoint[]>(KEYS.formerPoints)) ?? [];
}

/** The pinned roster may have run out since: its successors say so. */
function foundingRoster(signed: SignedRoster): Roster {
  const at = Date.parse(decodeUntrustedRoster(signed.roster).issuedAt);
  const verification = verifyRosterUpdate({ pinned: undefined, candidate: signed, at });
  if (verification.outcome === 'ok') return verification.roster;
  throw new LiaisonError('malformed', `The roster in this device's profile is not valid: ${verification.message}`, {
    check: 'CLI-60',
  });
}

/** A hub that names a newest version has all before it. @throws LiaisonError `integrity` CLI-01. */
async function rosterVersion(hub: Hub, version: number): Promise<SignedRoster> {
  try {
    return await hub.call('getRoster', { query: { version } });
  } catch (cause) {
    const absent = cause instanceof LiaisonError && cause.code === 'not-found';
    throw absent ? breach('CLI-01', `It does not show version ${version}, which leads to its newest.`, cause) : cause;
  }
}

function versionOf(signed: SignedRoster): number {
  try {
    return decodeUntrustedRoster(signed.roster).version;
  } catch (cause) {
    throw asBreach('CLI-01', cause);
  }
}

function validMomentOf(signed: SignedRoster, now: number): number {
  try {
    const { issuedAt, expiresAt } = decodeUntrustedRoster(signed.roster);
    return Math.max(Date.parse(issuedAt), Math.min(now, Date.parse(expiresAt)));
  } catch (cause) {
    throw asBreach('CLI-01', cause);
  }
}

function activePoints(roster: Roster): ContactPointId[] {
  return roster.contactPoints.filter(({ status }) => status === 'active').map(({ id }) => id);
}
