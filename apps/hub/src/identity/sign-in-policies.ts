import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Subject } from 'rxjs';
import { verifiedSignInPolicy } from '#liaison/crypto';
import {
  contactPointOf,
  LiaisonError,
  timestampOf,
  type Clock,
  type ContactPointId,
  type DeviceAddress,
  type Duty,
  type ProofMethod,
  type SecondFactorRule,
  type SignedSignInPolicy,
  type SignInPolicy,
  decodeUntrustedSignInPolicy,
} from '#liaison/protocol';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { HubLog } from '../observability/hub-log.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';

/** An officer may prove, and register, all the same. */
const HOURS_WITHOUT_POLICY = 12;

interface Held {
  readonly policy: SignInPolicy;
  readonly signed: SignedSignInPolicy;
}

const NOT_UNDERSTOOD = 'A sign-in policy is not understood. Bring this hub process to the version of the others.';

/** How the people of each contact point sign in: verified when it was published, each with the number after the last. */
@Injectable()
export class SignInPolicies {
  private readonly held = new Map<ContactPointId, Held>();
  /** Told once each. */
  private readonly unreadable = new Set<string>();
  /** After each new policy. */
  readonly changes = new Subject<ContactPointId>();

  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly appender: LogAppender,
    private readonly log: HubLog,
  ) {}

  of(contactPoint: ContactPointId): Held | undefined {
    return this.held.get(contactPoint);
  }

  /** What is demanded of a device. A connector has nobody in front of it. */
  ruleFor({ contactPoint, duties }: { contactPoint: ContactPointId; duties: readonly Duty[] }): SecondFactorRule {
    if (duties.includes('connector')) return 'none';
    return this.held.get(contactPoint)?.policy.secondFactor ?? 'none';
  }

  /** Whether a device has to present its certificate on every connection. */
  needsMutualTls({ contactPoint, duties }: { contactPoint: ContactPointId; duties: readonly Duty[] }): boolean {
    return duties.includes('connector') && this.held.get(contactPoint)?.policy.connectors === 'mutual-tls';
  }

  /** How long a second proof of a device counts. */
  hoursFor(device: DeviceAddress): number {
    return this.held.get(contactPointOf(device))?.policy.hours ?? HOURS_WITHOUT_POLICY;
  }

  /**
   * The same policy again is answered as the first time.
   * @throws LiaisonError `not-found` (SPO-03), `malformed` (SPO-01), `bad-signature` (SPO-02), `not-allowed` (SPO-04).
   */
  async publish(contactPoint: ContactPointId, signed: SignedSignInPolicy): Promise<void> {
    const current = this.rosters.required();
    const point = current.contactPoint(contactPoint);
    if (point === undefined)
      throw new LiaisonError('not-found', 'There is no such contact point in the roster.', { check: 'SPO-03' });
    await this.refresh();
    const last = this.held.get(contactPoint)?.signed;
    if (last?.policy === signed.policy) return;
    const authorities = current.authoritiesOf(point);
    const policy = verifiedSignInPolicy(signed, { contactPoint, authorities, last, at: this.clock.now() });
    await this.store(policy, signed);
    this.hold(policy, signed);
  }

  /** Reads what another hub process may have stored. */
  async refresh(): Promise<void> {
    const { rows } = await this.pool.query<SignedSignInPolicy>(
      'SELECT DISTINCT ON (contact_point) policy, signature FROM sign_in_policies ORDER BY contact_point, number DESC',
    );
    for (const signed of rows) {
      const policy = this.read(signed);
      if (policy === undefined) continue;
      if (policy.number > (this.held.get(policy.contactPoint)?.policy.number ?? 0)) this.hold(policy, signed);
    }
  }

  /** At the start there is nothing from before that could go on: this process would demand nothing. @throws LiaisonError `internal`. */
  requireUnderstood(): void {
    if (this.unreadable.size > 0) throw new LiaisonError('internal', NOT_UNDERSTOOD);
  }

  /** @returns undefined for one that a later version of the hub has taken: what was demanded before goes on, and so does all else. */
  private read({ policy }: SignedSignInPolicy): SignInPolicy | undefined {
    try {
      return decodeUntrustedSignInPolicy(policy);
    } catch (error) {
      if (!this.unreadable.has(policy)) this.log.error(NOT_UNDERSTOOD, error);
      this.unreadable.add(policy);
      return undefined;
    }
  }

  private async store(policy: SignInPolicy, { policy: text, signature }: SignedSignInPolicy): Promise<void> {
    const { contactPoint, number } = policy;
    const at = timestampOf(this.clock);
    await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO sign_in_policies (contact_point, number, policy, signature, stored_at)
         SELECT $1, $2, $3, $4, $5
         WHERE $2 = (SELECT coalesce(max(number), 0) + 1 FROM sign_in_policies WHERE contact_point = $1) ON CONFLICT DO NOTHING`,
        [contactPoint, number, text, signature, at],
      );
      if (rowCount === 0) throw outOfTurn();
      const subject = { contactPoint, version: number };
      const { secondFactor, connectors } = policy;
      const details = { secondFactor, ...(connectors && { connectors }) };
      await this.appender.append(client, [{ type: 'sign-in-policy.published', at, actor: 'hub', subject, details }]);
    });
    this.appender.committed();
  }

  private hold(policy: SignInPolicy, signed: SignedSignInPolicy): void {
    this.held.set(policy.contactPoint, { policy, signed });
    this.changes.next(policy.contactPoint);
  }
}

/** Whether a proof of this method is what the rule demands. */
export function isSatisfiedBy(rule: SecondFactorRule, method: ProofMethod | undefined): boolean {
  return rule === 'none' || (method !== undefined && (rule === 'either' || rule === method));
}

function outOfTurn(): LiaisonError {
  return new LiaisonError('not-allowed', 'A sign-in policy takes the number after the last that is published.', {
    check: 'SPO-04',
  });
}
