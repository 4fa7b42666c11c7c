import { Inject, Injectable } from '@nestjs/common';
import { verify } from '#liaison/crypto';
import {
  contactPointOf,
  decodeUntrustedInvitation,
  fromBase64url,
  INVITATION_DAYS,
  isWithin,
  LiaisonError,
  utf8,
  type Clock,
  type Invitation,
  type InvitationUpload,
  type InvitationView,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { EnrolmentStore } from './enrolment-store.js';
import { enrolmentAct, invitationView } from './invitation-view.js';

const DAY = 24 * 60 * 60 * 1000;

/** Invitations of new devices: the hub keeps what an administrator signed, and could sign none itself. */
@Injectable()
export class Invitations {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly rosters: RosterService,
    private readonly store: EnrolmentStore,
  ) {}

  /**
   * @throws LiaisonError `malformed` (ENR-01), `not-allowed` (ENR-02, ENR-04), `bad-signature` (ENR-03), `conflict` (ENR-05).
   */
  async create(caller: AuthenticatedDevice, upload: InvitationUpload): Promise<InvitationView> {
    const invitation = decodeUntrustedInvitation(upload.invitation);
    this.requireOwn(caller, invitation);
    this.requireInTime(invitation);
    const signature = fromBase64url(upload.signature);
    if (!verify('invitation', utf8(upload.invitation), signature, caller.publicKey)) {
      throw new LiaisonError('bad-signature', 'The invitation is not signed by the device that brings it.', {
        check: 'ENR-03',
      });
    }
    const { id, expiresAt } = invitation;
    const row = {
      ...{ id, contactPoint: caller.contactPoint, invitation: upload.invitation, signature },
      ...{ inviterCertificate: caller.certificate, tokenHash: fromBase64url(upload.tokenHash) },
      expiresAt: new Date(expiresAt),
    };
    await this.store.addInvitation(row, enrolmentAct('enrolment.invited', invitation, caller.device, this.clock));
    const stored = await this.store.find(id);
    if (stored?.invitation === upload.invitation) return invitationView(stored, this.clock.now());
    throw new LiaisonError('conflict', 'There is another invitation of this id. Invite anew.', { check: 'ENR-05' });
  }

  /** Whoever administers nothing sees none. */
  async list(caller: AuthenticatedDevice): Promise<InvitationView[]> {
    if (!caller.duties.includes('administrator')) return [];
    const stored = await this.store.newestOf(caller.contactPoint);
    return stored.map((each) => invitationView(each, this.clock.now()));
  }

  private requireOwn(caller: AuthenticatedDevice, { device, inviter, origin, clearance }: Invitation): void {
    const point = this.rosters.required().contactPoint(caller.contactPoint);
    const fault = !caller.duties.includes('administrator')
      ? 'Only an administrator of a contact point invites.'
      : contactPointOf(device) !== caller.contactPoint || inviter !== caller.device
        ? 'An administrator invites for their own contact point, in their own name.'
        : origin !== this.configuration.origin
          ? 'The invitation names another hub.'
          : point === undefined || !isWithin(clearance, point.ceiling)
            ? 'No device is cleared beyond its contact point.'
            : undefined;
    if (fault !== undefined) throw new LiaisonError('not-allowed', fault, { check: 'ENR-02' });
  }

  private requireInTime({ expiresAt }: Invitation): void {
    const left = Date.parse(expiresAt) - this.clock.now();
    if (left > 0 && left <= INVITATION_DAYS * DAY) return;
    const message = `An invitation runs out within ${INVITATION_DAYS} days, and has not run out when it is made.`;
    throw new LiaisonError('not-allowed', message, { check: 'ENR-04' });
  }
}
