import { authoritiesOf, type Authorities } from '#liaison/crypto';
import {
  decodeUntrustedRoster,
  fromBase64url,
  type ContactPointId,
  type Roster,
  type RosterContactPoint,
  type SignedRoster,
} from '#liaison/protocol';

/** A roster that was verified before it was stored, with what is asked of it again and again at hand. */
export class CurrentRoster {
  /** The hub's key in groups: 32 bytes, Ed25519. */
  readonly externalSenderKey: Uint8Array;
  private readonly contactPoints: ReadonlyMap<string, RosterContactPoint>;
  private readonly authorities = new Map<string, Authorities>();

  private constructor(
    readonly signed: SignedRoster,
    readonly roster: Roster,
  ) {
    this.externalSenderKey = fromBase64url(roster.hub.externalSenderKey);
    this.contactPoints = new Map(roster.contactPoints.map((point) => [point.id, point]));
  }

  /** @param signed verified by `verifyRosterUpdate`, now or before it was stored. */
  static ofVerified(signed: SignedRoster): CurrentRoster {
    return new CurrentRoster(signed, decodeUntrustedRoster(signed.roster));
  }

  contactPoint(id: ContactPointId): RosterContactPoint | undefined {
    return this.contactPoints.get(id);
  }

  isActive(id: ContactPointId): boolean {
    return this.contactPoints.get(id)?.status === 'active';
  }

  hasExpired(at: number): boolean {
    return at > Date.parse(this.roster.expiresAt);
  }

  /** The contact point's CA, and the one before. @throws LiaisonError where the co-chairs signed a certificate that is none. */
  authoritiesOf(point: RosterContactPoint): Authorities {
    const known = this.authorities.get(point.id);
    if (known !== undefined) return known;
    const parsed = authoritiesOf(point);
    this.authorities.set(point.id, parsed);
    return parsed;
  }
}
