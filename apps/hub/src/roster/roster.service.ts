import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Subject } from 'rxjs';
import { Repository } from 'typeorm';
import { verifyRosterUpdate } from '#liaison/crypto';
import {
  fromBase64url,
  LiaisonError,
  LIMITS,
  toBase64url,
  type Clock,
  type Roster,
  type RosterContactPoint,
  type SignedRoster,
} from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { CurrentRoster } from './current-roster.js';
import { RosterRow } from './roster.entity.js';

/** Keeps the community's roster. The hub verifies what it serves, though its clients trust only their own check. */
@Injectable()
export class RosterService {
  private newest: CurrentRoster | undefined;
  /** After each new version. */
  readonly changes = new Subject<CurrentRoster>();

  constructor(
    @InjectRepository(RosterRow) private readonly rows: Repository<RosterRow>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keys: HubKeys,
    private readonly appender: LogAppender,
  ) {}

  /** The newest version, from memory; undefined before the founding. */
  current(): CurrentRoster | undefined {
    return this.newest;
  }

  /** @throws LiaisonError `unavailable` (ROS-13) before the founding. */
  required(): CurrentRoster {
    if (this.newest !== undefined) return this.newest;
    throw new LiaisonError('unavailable', 'This hub has no community yet. Publish its founding roster first.', {
      check: 'ROS-13',
    });
  }

  /** Whether this hub can propose under the key that the newest roster names. */
  hasExternalSender(): boolean {
    return this.newest === undefined || this.keys.externalSender(this.newest.externalSenderKey) !== undefined;
  }

  /** Reads what another hub process may have stored. */
  async refresh(): Promise<void> {
    const [row] = await this.rows.find({ order: { version: 'DESC' }, take: 1 });
    if (row !== undefined && row.version > (this.newest?.roster.version ?? 0)) this.become(signedRosterOf(row));
  }

  /** @throws LiaisonError `not-found` for a version that was never published. */
  async version(version: number): Promise<SignedRoster> {
    const row = await this.rows.findOneBy({ version });
    if (row === null) throw new LiaisonError('not-found', 'There is no such version of the roster.');
    return signedRosterOf(row);
  }

  /**
   * Accepts the founding roster, or the next version. The same one again is answered as the first time.
   * @throws LiaisonError `malformed` (ROS-01, 02), `bad-signature` (ROS-05, 06), `not-allowed` (ROS-03, 04, 07, 08, 10 to 12, 14, 15).
   */
  async publish(candidate: SignedRoster): Promise<SignedRoster> {
    await this.refresh();
    if (this.newest?.signed.roster === candidate.roster) return this.newest.signed;
    const roster = this.verified(candidate);
    this.requireSuccession(roster);
    this.requireThisHub(roster);
    this.requireFormerKeys(roster);
    requireAuthorities(CurrentRoster.ofVerified(candidate));
    await this.store(roster, candidate);
    this.become(candidate);
    return candidate;
  }

  private verified(candidate: SignedRoster): Roster {
    const at = this.clock.now();
    const verification = verifyRosterUpdate({ pinned: this.newest?.roster, candidate, at });
    if (verification.outcome === 'ok') return verification.roster;
    const { outcome, message, check } = verification;
    const code =
      outcome === 'malformed' ? 'malformed' : outcome === 'missing-signatures' ? 'bad-signature' : 'not-allowed';
    throw new LiaisonError(code, message, { check });
  }

  private requireSuccession(roster: Roster): void {
    const next = (this.newest?.roster.version ?? 0) + 1;
    if (roster.version === next) return;
    throw new LiaisonError('not-allowed', `The next version of the roster is ${next}. No version may be left out.`, {
      check: 'ROS-10',
    });
  }

  private requireThisHub({ hub }: Roster): void {
    if (hub.origin !== this.configuration.origin) {
      throw new LiaisonError('not-allowed', `The roster names another hub: this one is ${this.configuration.origin}.`, {
        check: 'ROS-11',
      });
    }
    const { logKey, nextLogKey } = this.keys;
    const logKeys = [logKey, nextLogKey].flatMap((key) => (key === undefined ? [] : [toBase64url(key.publicKey)]));
    const hasLogKey = hub.logKey === undefined || logKeys.includes(hub.logKey);
    // A hub that lost the key, or was restored with those of before, has to show its clients what they have seen.
    const isLater = this.newest !== undefined;
    if (hasLogKey && (isLater || this.keys.externalSender(fromBase64url(hub.externalSenderKey)) !== undefined)) return;
    throw new LiaisonError('not-allowed', 'The roster names a key of the hub that this hub does not have.', {
      check: 'ROS-12',
    });
  }

  /**
   * Else nobody could be added any more to a channel that names a key of before, or members who read its history late would take the
   * keys in another order than it had them.
   */
  private requireFormerKeys({ hub }: Roster): void {
    const before = senderKeysOf(this.newest?.roster.hub ?? hub);
    const isNew = !before.includes(hub.externalSenderKey);
    const expected = isNew ? [...before, hub.externalSenderKey] : before;
    // No more than a roster may list: the oldest are left out.
    const kept = expected.slice(-(LIMITS.formerHubKeys + 1));
    if (senderKeysOf(hub).join() === kept.join()) return;
    const message = 'The roster does not list the keys for proposals that the hub had before, in their order.';
    throw new LiaisonError('not-allowed', message, { check: 'ROS-15' });
  }

  private async store(roster: Roster, candidate: SignedRoster): Promise<void> {
    const at = new Date(this.clock.now());
    const isStored = await this.appender.insertOnce(
      'INSERT INTO rosters (version, roster, signatures, stored_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [roster.version, candidate.roster, JSON.stringify(candidate.signatures), at],
      { type: 'roster.published', at: at.toISOString(), actor: 'hub', subject: { version: roster.version } },
    );
    if (isStored) return;
    throw new LiaisonError('conflict', 'Another roster of this version was published at the same moment.', {
      check: 'ROS-10',
    });
  }

  private become(signed: SignedRoster): void {
    this.newest = CurrentRoster.ofVerified(signed);
    this.changes.next(this.newest);
  }
}

/** The oldest first. */
function senderKeysOf({ formerExternalSenderKeys = [], externalSenderKey }: Roster['hub']): string[] {
  return [...formerExternalSenderKeys, externalSenderKey];
}

/** What the co-chairs signed must be usable, or every device of that contact point would be locked out. */
function requireAuthorities(candidate: CurrentRoster): void {
  for (const point of candidate.roster.contactPoints) {
    if (isAuthorityOf(candidate, point)) continue;
    const message = `The CA certificate of ${point.id} in the roster is not one that this contact point made.`;
    throw new LiaisonError('not-allowed', message, { check: 'ROS-14' });
  }
}

function isAuthorityOf(candidate: CurrentRoster, point: RosterContactPoint): boolean {
  try {
    const { current, previous } = candidate.authoritiesOf(point);
    return [current, ...(previous === undefined ? [] : [previous.ca])].every(
      ({ contactPoint }) => contactPoint === point.id,
    );
  } catch (error) {
    if (error instanceof LiaisonError) return false;
    throw error;
  }
}

function signedRosterOf(row: RosterRow): SignedRoster {
  return { roster: row.roster, signatures: row.signatures };
}
