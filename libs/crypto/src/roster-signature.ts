import {
  decodeUntrustedRoster,
  encodeRoster,
  fromBase64url,
  LiaisonError,
  type Roster,
  type SignedRoster,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { isSigningPublicKey, keyIdOf, sign, type SigningKey, verify } from './signing.js';

const CONTEXT = 'roster';

type RosterSignature = SignedRoster['signatures'][number];

/** One co-chair's signature over the canonical text of a roster: each co-chair signs apart, offline. */
export function signRoster(roster: Roster, coChairKey: SigningKey): RosterSignature {
  const signature = sign(CONTEXT, utf8(encodeRoster(roster)), coChairKey);
  return { keyId: keyIdOf(coChairKey.publicKey), signature: toBase64url(signature) };
}

/** Puts a roster and the signatures over it together. Verifies nothing. */
export function signedRoster(roster: Roster, signatures: readonly RosterSignature[]): SignedRoster {
  return { roster: encodeRoster(roster), signatures: [...signatures] };
}

/**
 * `malformed` (ROS-01, ROS-02 a co-chair key that is not usable or not named by its key id), `foreign-community` (ROS-03),
 * `version-not-newer` (ROS-04), `missing-signatures` (ROS-05 by the pinned roster's co-chairs, ROS-06 by its own),
 * `not-yet-valid` (ROS-07), `expired` (ROS-08).
 */
export type RosterFault =
  'malformed' | 'foreign-community' | 'version-not-newer' | 'missing-signatures' | 'not-yet-valid' | 'expired';

export type RosterVerification =
  | { readonly outcome: 'ok'; readonly roster: Roster }
  | { readonly outcome: RosterFault; readonly check: string; readonly message: string };

/**
 * Verifies a roster as TUF verifies a root (TUF specification 5.3): signed by the threshold of the co-chairs of the
 * roster that is pinned and by the threshold of its own; a version exactly greater; not expired. Signatures by
 * unknown keys count nothing, and a key counts once.
 * @param input.pinned the roster that this device trusts. `undefined` only where `candidate` is the founding roster of
 * the joining kit, whose authenticity the kit vouches for: then its own signatures alone are asked for.
 * @param input.at milliseconds since 1970.
 */
export function verifyRosterUpdate(input: {
  pinned: Roster | undefined;
  candidate: SignedRoster;
  at: number;
}): RosterVerification {
  const { pinned, candidate, at } = input;
  const roster = readRoster(candidate);
  if (roster === undefined) return fault('malformed', 'ROS-01', 'The roster is not of the documented form.');
  if (!roster.coChairs.every(isCoChairKey)) {
    return fault('malformed', 'ROS-02', 'A co-chair key in the roster is not usable, or not named by its key id.');
  }
  return (
    (pinned === undefined ? undefined : successionFault(pinned, roster, candidate)) ??
    (reachesThreshold(roster, candidate) ? undefined : missing('ROS-06', 'its own co-chairs')) ??
    timeFault(roster, at) ?? { outcome: 'ok', roster }
  );
}

function successionFault(pinned: Roster, roster: Roster, candidate: SignedRoster): RosterVerification | undefined {
  if (roster.community !== pinned.community) {
    return fault('foreign-community', 'ROS-03', 'The roster is of another community.');
  }
  if (roster.version <= pinned.version) {
    return fault('version-not-newer', 'ROS-04', `The roster is not newer than version ${pinned.version}.`);
  }
  return reachesThreshold(pinned, candidate) ? undefined : missing('ROS-05', 'the co-chairs of the pinned roster');
}

function timeFault(roster: Roster, at: number): RosterVerification | undefined {
  if (at < Date.parse(roster.issuedAt)) return fault('not-yet-valid', 'ROS-07', 'The roster is from the future.');
  if (at > Date.parse(roster.expiresAt)) return fault('expired', 'ROS-08', 'The roster has expired.');
  return undefined;
}

/** Counts co-chairs, not signatures: many signatures by one key, or under many names of it, are one. */
function reachesThreshold(authority: Roster, candidate: SignedRoster): boolean {
  const text = utf8(candidate.roster);
  const signers = authority.coChairs.filter(({ publicKey }) => {
    const key = fromBase64url(publicKey);
    const keyId = keyIdOf(key);
    return candidate.signatures.some((each) => {
      const signature = each.keyId === keyId ? decoded(each.signature) : undefined;
      return signature !== undefined && verify(CONTEXT, text, signature, key);
    });
  });
  return new Set(signers.map(({ publicKey }) => publicKey)).size >= authority.threshold;
}

function isCoChairKey({ publicKey, keyId }: Roster['coChairs'][number]): boolean {
  const key = decoded(publicKey);
  return key !== undefined && isSigningPublicKey(key) && keyIdOf(key) === keyId;
}

function readRoster(candidate: SignedRoster): Roster | undefined {
  try {
    return decodeUntrustedRoster(candidate.roster);
  } catch (error) {
    if (error instanceof LiaisonError) return undefined;
    throw error;
  }
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text);
  } catch {
    return undefined;
  }
}

function fault(outcome: RosterFault, check: string, message: string): RosterVerification {
  return { outcome, check, message };
}

function missing(check: string, whose: string): RosterVerification {
  return fault('missing-signatures', check, `The roster lacks signatures by ${whose}.`);
}
