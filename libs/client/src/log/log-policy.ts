import { fromBase64url, LiaisonError, type Roster } from '#liaison/protocol';
import {
  logOrigin,
  rosterWitnesses,
  thresholdPolicy,
  type VerifierKey,
  verifierKey,
  type WitnessPolicy,
} from '#liaison/tlog';

/** The log of a community: the key that its roster names. `undefined` where the roster is from before the log. */
export function rosterLog({ hub }: Roster): VerifierKey | undefined {
  if (hub.logKey === undefined) return undefined;
  return verifierKey('log', logOrigin(hub.origin), fromBase64url(hub.logKey));
}

/** What the roster's log has signed, be it with a key of before. For what is held already, or verified apart from a hub: {@link rosterLogPolicy} is for what a hub shows. */
export function rosterEvidencePolicy(roster: Roster, threshold = majorityOf(roster)): WitnessPolicy {
  const policy = rosterLogPolicy(roster, threshold);
  const former = (roster.hub.formerLogKeys ?? []).map((key) =>
    verifierKey('log', logOrigin(roster.hub.origin), fromBase64url(key)),
  );
  return { ...policy, logs: [...policy.logs, ...former.map((key) => ({ key }))] };
}

/** More than half: two halves of the witnesses cannot vouch for two histories. 0 while there are none. */
export function majorityOf(roster: Roster): number {
  const witnesses = rosterWitnesses(roster).length;
  return witnesses === 0 ? 0 : Math.floor(witnesses / 2) + 1;
}

/**
 * Whose word counts by the roster: its log key, and any `threshold` of its active contact points' witnesses.
 * @throws LiaisonError `not-found` where the roster names no log, `usage` where it has fewer witnesses.
 */
export function rosterLogPolicy(roster: Roster, threshold = majorityOf(roster)): WitnessPolicy {
  const log = rosterLog(roster);
  if (log === undefined) {
    throw new LiaisonError('not-found', 'The roster names no log key: this community has no log yet.');
  }
  return thresholdPolicy([log], rosterWitnesses(roster), threshold);
}

/** The same keys, but nobody has to have cosigned. Bad cosignatures still refuse. */
export function withoutQuorum(policy: WitnessPolicy): WitnessPolicy {
  return { ...policy, quorum: 'none' };
}
