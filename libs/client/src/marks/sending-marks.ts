import { isConcerned, reasonsOf } from '#liaison/policy';
import { LiaisonError, type RecordId } from '#liaison/protocol';
import type { OpenChannel } from '../channel-state.js';
import type { Device } from '../device.js';
import { headerFor } from '../encrypt-record.js';
import { contactPointsOf } from '../group-policy.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { RecordDraft } from '../views.js';
import { judge, refusalOf } from './mark-judge.js';

/** The marks of a draft, before it is encrypted: what the hub and the others would refuse is said here first, in full. */
export class SendingMarks {
  constructor(
    private readonly device: Device,
    private readonly trust: TrustKeeper,
  ) {}

  /** @throws LiaisonError `not-allowed` with the first check that failed, and every reason in words. */
  async require(
    transaction: Transaction,
    id: RecordId,
    draft: RecordDraft,
    { state, group }: OpenChannel,
  ): Promise<void> {
    const { body, marking } = draft;
    const isMarkedWithin =
      body.type === 'content' && (body.factMarkings !== undefined || marking.caveats.includes('asylum-seeker'));
    if (!isMarkedWithin && !isConcerned(draft, state.profile)) return;
    if (group === undefined) throw new LiaisonError('internal', 'Nothing is sent without the keys of its channel.');
    const trust = await this.trust.current(transaction);
    const header = headerFor(this.device, id, draft, state);
    const judged = {
      transaction,
      trust,
      state,
      members: contactPointsOf(group),
      agreements: trust.roster.agreements ?? [],
      at: this.device.clock.now(),
    };
    const reasons = reasonsOf(await judge({ header, body }, judged, 'refuse'));
    if (reasons.length > 0) throw refusalOf(reasons, 'not-allowed');
  }
}
