import { Inject, Injectable } from '@nestjs/common';
import { certificateMisfit } from '#liaison/crypto';
import {
  decodeUntrustedInvitation,
  fromBase64url,
  LiaisonError,
  officerOf,
  type Clock,
  type EnrolmentDecision,
  type InvitationId,
  type InvitationView,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { EnrolmentStore, type StoredInvitation } from './enrolment-store.js';
import { enrolmentAct, invitationView } from './invitation-view.js';

/** What administrators decide on requests. The hub passes on a certificate; only the contact point's CA can make one. */
@Injectable()
export class EnrolmentDecisions {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly standing: DeviceStanding,
    private readonly store: EnrolmentStore,
  ) {}

  /**
   * The same decision again is answered as the first time.
   * @throws LiaisonError `not-found` (ENR-08), `conflict` (ENR-09), `not-allowed` (ENR-10), `bad-signature` (ENR-11).
   */
  async decide(caller: AuthenticatedDevice, id: InvitationId, decision: EnrolmentDecision): Promise<InvitationView> {
    const stored = await this.store.find(id);
    if (stored?.contactPoint !== caller.contactPoint || !caller.duties.includes('administrator')) {
      throw new LiaisonError('not-found', 'There is no such invitation.', { check: 'ENR-08' });
    }
    const certificate = decision.outcome === 'approved' ? fromBase64url(decision.certificate) : undefined;
    if (stored.decidedBy === null) await this.store.addDecision(id, certificate, this.act(caller, stored, certificate));
    const decided = (await this.store.find(id)) ?? stored;
    if (isSame(decided, certificate)) return invitationView(decided, this.clock.now());
    throw new LiaisonError('conflict', 'This was decided otherwise already.', { check: 'ENR-09' });
  }

  private act(caller: AuthenticatedDevice, stored: StoredInvitation, certificate: Uint8Array | undefined) {
    const invitation = decodeUntrustedInvitation(stored.invitation);
    if (certificate === undefined) return enrolmentAct('enrolment.refused', invitation, caller.device, this.clock);
    this.requireAnotherOfficer(caller, invitation.inviter);
    if (stored.publicKey === null) {
      throw new LiaisonError('conflict', 'No device has answered this invitation yet.', { check: 'ENR-09' });
    }
    const standing = this.standing.check(certificate, this.clock.now());
    const fault =
      standing.outcome === 'ok'
        ? certificateMisfit(standing.certificate, invitation, stored.publicKey)
        : standing.message;
    if (fault !== undefined)
      throw new LiaisonError('bad-signature', `The certificate does not fit: ${fault}`, { check: 'ENR-11' });
    return enrolmentAct('enrolment.approved', invitation, caller.device, this.clock);
  }

  private requireAnotherOfficer(caller: AuthenticatedDevice, inviter: StoredInvitation['decidedBy'] & string): void {
    const point = this.rosters.required().contactPoint(caller.contactPoint);
    if (point?.administratorsToEnrol !== 2 || officerOf(caller.device) !== officerOf(inviter)) return;
    const message = 'This contact point wants two administrators: another officer than the one who invited approves.';
    throw new LiaisonError('not-allowed', message, { check: 'ENR-10' });
  }
}

function isSame({ decidedBy, certificate }: StoredInvitation, wanted: Uint8Array | undefined): boolean {
  if (decidedBy === null || (certificate === null) !== (wanted === undefined)) return false;
  return certificate === null || wanted === undefined || Buffer.compare(certificate, wanted) === 0;
}
