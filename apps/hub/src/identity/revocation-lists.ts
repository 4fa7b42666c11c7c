import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { Subject } from 'rxjs';
import { Repository } from 'typeorm';
import { verifyListByAuthorities, type Authorities, type RevocationList } from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import {
  LiaisonError,
  LIMITS,
  toBase64url,
  toHex,
  type Clock,
  type ContactPointId,
  type RevocationListsAnswer,
  type WantedRevocationLists,
} from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { inTransaction } from '../database/in-transaction.js';
import { RosterService } from '../roster/roster.service.js';
import { RevocationListRow } from './revocation-list.entity.js';

interface Held {
  readonly crl: RevocationList;
  readonly der: Uint8Array;
  /** base64url of SHA-256 over the DER. */
  readonly hash: string;
}

/** The revocation lists of the contact points' CAs: verified, never one lower than the last, nor one that revokes less. */
@Injectable()
export class RevocationLists {
  /** Newest by contact point and issuer. */
  private readonly held = new Map<string, Held>();
  /** After each new list. */
  readonly changes = new Subject<ContactPointId>();

  constructor(
    @InjectRepository(RevocationListRow) private readonly rows: Repository<RevocationListRow>,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly appender: LogAppender,
  ) {}

  /** From memory: the list in force. One that is out of date still revokes what it names. */
  newest(contactPoint: ContactPointId, at = this.clock.now()): RevocationList | undefined {
    return this.inForce(contactPoint, this.authoritiesOf(contactPoint), at)?.crl;
  }

  /** DER. @throws LiaisonError `not-found` (CRL-10) where there is no such contact point or it has published none. */
  newestOf(contactPoint: ContactPointId): Uint8Array {
    const held = this.inForce(contactPoint, this.authoritiesOf(contactPoint), this.clock.now());
    if (held === undefined)
      throw new LiaisonError('not-found', 'This contact point has published no revocation list.', { check: 'CRL-10' });
    return held.der;
  }

  /** From memory. A contact point that the roster does not have is one without a list. */
  find({ wanted }: WantedRevocationLists): RevocationListsAnswer {
    const answer: RevocationListsAnswer = { lists: [], unchanged: [], later: [] };
    let bytes = 0;
    for (const { contactPoint, known } of wanted) {
      const held = this.heldBy(contactPoint);
      if (held === undefined) continue;
      if (held.hash === known) answer.unchanged.push(contactPoint);
      else if (answer.lists.length > 0 && bytes + held.der.length > LIMITS.revocationListsBytes)
        answer.later.push(contactPoint);
      else {
        bytes += held.der.length;
        answer.lists.push({ contactPoint, crl: toBase64url(held.der) });
      }
    }
    return answer;
  }

  private heldBy(contactPoint: ContactPointId): Held | undefined {
    const current = this.rosters.required();
    const point = current.contactPoint(contactPoint);
    return point && this.inForce(contactPoint, current.authoritiesOf(point), this.clock.now());
  }

  /**
   * The same list again is answered as the first time.
   * @throws LiaisonError `not-found` (CRL-10), `malformed` (CRL-01), `bad-signature` (CRL-02, 03), `not-allowed` (CRL-04 to 08).
   */
  async publish(contactPoint: ContactPointId, der: Uint8Array): Promise<void> {
    const authorities = this.authoritiesOf(contactPoint);
    await this.refresh();
    const held = this.inForce(contactPoint, authorities, this.clock.now());
    if (held !== undefined && Buffer.compare(held.der, der) === 0) return;
    const crl = this.verified(der, authorities, held?.crl);
    await this.store(contactPoint, crl, der);
    this.hold(contactPoint, crl, der);
  }

  /** Reads what another hub process may have stored. */
  async refresh(): Promise<void> {
    const newest = await this.rows.query<{ contact_point: ContactPointId; issuer: string; number: number }[]>(
      'SELECT contact_point, issuer, max(number) AS number FROM revocation_lists GROUP BY contact_point, issuer',
    );
    for (const { contact_point: contactPoint, issuer, number } of newest) {
      if (number > (this.held.get(`${contactPoint} ${issuer}`)?.crl.number ?? 0)) {
        await this.load(contactPoint, issuer, number);
      }
    }
  }

  private async load(contactPoint: ContactPointId, issuer: string, number: number): Promise<void> {
    const point = this.rosters.current()?.contactPoint(contactPoint);
    const authorities = point && this.rosters.current()?.authoritiesOf(point);
    // A list of a CA that the roster names no more concerns nobody.
    const issuers = [authorities?.current, authorities?.previous?.ca].flatMap((ca) => (ca ? [toHex(ca.keyId)] : []));
    if (authorities === undefined || !issuers.includes(issuer)) return;
    const row = await this.rows.findOneByOrFail({ contactPoint, issuer, number });
    const verification = verifyListByAuthorities({ crl: row.crl, authorities, at: this.clock.now() });
    if ('crl' in verification) this.hold(contactPoint, verification.crl, row.crl);
  }

  /** By the new CA where it has published; until then by the one before, while the roster still lets it. */
  private inForce(contactPoint: ContactPointId, { current, previous }: Authorities, at: number): Held | undefined {
    const own = this.held.get(keyOf(contactPoint, current.keyId));
    if (own !== undefined || previous === undefined || at > previous.until) return own;
    return this.held.get(keyOf(contactPoint, previous.ca.keyId));
  }

  private verified(der: Uint8Array, authorities: Authorities, last: RevocationList | undefined): RevocationList {
    const verification = verifyListByAuthorities({ crl: der, authorities, at: this.clock.now(), last });
    if (verification.outcome === 'ok') return verification.crl;
    const { outcome, message, check } = verification;
    const code =
      outcome === 'malformed'
        ? 'malformed'
        : outcome === 'wrong-issuer' || outcome === 'bad-signature'
          ? 'bad-signature'
          : 'not-allowed';
    throw new LiaisonError(code, message, { check });
  }

  private async store(contactPoint: ContactPointId, crl: RevocationList, der: Uint8Array): Promise<void> {
    const at = new Date(this.clock.now());
    const isStored = await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO revocation_lists (contact_point, issuer, number, crl, stored_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [contactPoint, toHex(crl.issuerKeyId), crl.number, Buffer.from(der), at],
      );
      if (rowCount === 0) return false;
      const subject = { contactPoint, version: crl.number };
      await this.appender.append(client, [{ type: 'crl.published', at: at.toISOString(), actor: 'hub', subject }]);
      return true;
    });
    if (!isStored) throw rolledBack();
    this.appender.committed();
  }

  private hold(contactPoint: ContactPointId, crl: RevocationList, der: Uint8Array): void {
    const held = { crl, der, hash: toBase64url(sha256Node(der)) };
    this.held.set(keyOf(contactPoint, crl.issuerKeyId), held);
    this.changes.next(contactPoint);
  }

  private authoritiesOf(contactPoint: ContactPointId): Authorities {
    const current = this.rosters.required();
    const point = current.contactPoint(contactPoint);
    if (point === undefined) {
      throw new LiaisonError('not-found', 'There is no such contact point in the roster.', { check: 'CRL-10' });
    }
    return current.authoritiesOf(point);
  }
}

function rolledBack(): LiaisonError {
  return new LiaisonError('not-allowed', 'A revocation list with this number or a higher one is already published.', {
    check: 'CRL-04',
  });
}

function keyOf(contactPoint: ContactPointId, issuerKeyId: Uint8Array): string {
  return `${contactPoint} ${toHex(issuerKeyId)}`;
}
