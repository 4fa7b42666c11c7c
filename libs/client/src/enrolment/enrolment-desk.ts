import { type CertificateAuthority, sha256, sign, verify } from '#liaison/crypto';
import {
  type Classification,
  type DeviceAddress,
  type Duty,
  encodeInvitation,
  enrolmentSignedBytes,
  fromBase64url,
  Invitation,
  type InvitationId,
  type InvitationView,
  LiaisonError,
  newId,
  officerOf,
  type RenewalRequest,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { NewRevocation } from '../ceremony/revocation-list.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { Trust } from '../trust.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { certify } from './certify.js';
import { invitationCodeText, TOKEN_BYTES } from './invitation-code.js';
import { RenewalDesk, type RenewalReport } from './renewal-desk.js';
import { type FurtherCertificates, RevocationDesk } from './revocation-desk.js';
import { requireSafetyNumber } from './safety-number.js';
import { enrolmentSafetyNumber, verifiedInvitation } from './verified-invitation.js';

const HOUR = 60 * 60 * 1000;

export interface InvitationWish {
  readonly device: DeviceAddress;
  readonly officerName: string;
  readonly clearance: Classification;
  readonly duties: readonly Duty[];
  readonly hours: number;
}

/** An invitation as this administrator's device has verified it. */
export interface InvitationReport {
  readonly invitation: Invitation;
  readonly state: InvitationView['state'];
  readonly requestedAt?: string;
  /** To be compared with what the new device shows. */
  readonly safetyNumber?: string;
  readonly decision?: InvitationView['decision'];
}

/** What an administrator of a contact point does about its devices. */
export interface Administration {
  /** @returns the code for the officer: shown once, and kept nowhere. */
  invite(wish: InvitationWish): Promise<{ readonly invitation: Invitation; readonly code: string }>;
  /** Newest first. What does not verify is left out and counted. */
  invitations(): Promise<{ readonly reports: readonly InvitationReport[]; readonly unverified: number }>;
  /**
   * Certifies the key that came in, as the invitation promised.
   * @param approval `safetyNumber`: as the officer read it from the new device.
   * @throws LiaisonError `integrity` (ENR-12) where it is another; `not-allowed` (ENR-10); `usage` for a CA that is not the roster's.
   */
  approve(
    id: InvitationId,
    approval: { readonly ca: CertificateAuthority; readonly safetyNumber: string },
  ): Promise<InvitationReport>;
  refuse(id: InvitationId): Promise<InvitationReport>;
  /**
   * A further certificate for a device of the own contact point whose certificate still holds: same key, clearance and duties.
   * @returns DER. @throws LiaisonError `not-allowed` (ENR-16), `usage` for a CA that is not the roster's.
   */
  renew(request: RenewalRequest, ca: CertificateAuthority): Promise<Uint8Array>;
  /** Devices of the own contact point that wait to be certified for longer. What does not verify, or is not due yet, is left out. */
  renewals(): Promise<RenewalReport[]>;
  /**
   * Certifies what an administrator has seen and confirmed, by the newest revocation list, one after the other; each device fetches its own.
   * @param confirmed of {@link renewals}. @returns who was certified: without those that another administrator was faster with.
   * @throws LiaisonError `not-allowed` (ENR-16) for one that was revoked meanwhile.
   */
  renewAll(confirmed: readonly RenewalReport[], ca: CertificateAuthority): Promise<DeviceAddress[]>;
  /**
   * Publishes the contact point's next revocation list: what the last one that this device has verified revoked, and all
   * certificates of these devices. The hub and the members of their channels then put them out.
   * @param further certificates that the hub has never seen: by serial number, lower-case hex, or as DER.
   * @throws LiaisonError `not-found` for a device that has never signed in; `usage` for a certificate of another contact point;
   * `integrity` (CLI-44) where the hub shows a list that is not valid. One that is gone, or not the last, is an alarm.
   */
  revoke(
    devices: readonly DeviceAddress[],
    ca: CertificateAuthority,
    why?: Omit<NewRevocation, 'serial'>,
    further?: FurtherCertificates,
  ): Promise<{ readonly revoked: number }>;
  /**
   * Revokes every device of the own contact point but `kept`: their keys may be somebody else's since then. One list, whatever their
   * number. What was revoked after `since` is declared so as well. @param since milliseconds since 1970.
   * @returns `devices` that are shut out now; `marked`: how many certificates were revoked before.
   */
  revokeAll(
    compromise: { readonly since: number; readonly kept: readonly DeviceAddress[] },
    ca: CertificateAuthority,
  ): Promise<{ readonly devices: readonly DeviceAddress[]; readonly revoked: number; readonly marked: number }>;
}

/** {@link Administration}, for one device. The hub's word counts for nothing: all that it carries is verified here again. */
export class EnrolmentDesk implements Administration {
  readonly #revocation: RevocationDesk;
  readonly #renewals: RenewalDesk;

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {
    this.#revocation = new RevocationDesk(device, hub, trust);
    this.#renewals = new RenewalDesk(device, hub, trust);
  }

  async invite({ hours, ...wish }: InvitationWish): Promise<{ invitation: Invitation; code: string }> {
    const { clock, random, address, key } = this.device;
    const token = random.bytes(TOKEN_BYTES);
    const invitation = Invitation.parse({
      v: 1,
      id: newId(clock, random),
      ...wish,
      origin: (await this.#trusted()).roster.hub.origin,
      inviter: address,
      expiresAt: new Date(clock.now() + hours * HOUR).toISOString(),
    });
    const text = encodeInvitation(invitation);
    const signature = toBase64url(sign('invitation', utf8(text), key));
    const body = { invitation: text, signature, tokenHash: toBase64url(sha256(token)) };
    await this.hub.call('createInvitation', { body });
    return { invitation, code: invitationCodeText({ id: invitation.id, token }) };
  }

  async invitations(): Promise<{ reports: InvitationReport[]; unverified: number }> {
    const trust = await this.#trusted();
    const { invitations } = await this.hub.call('listInvitations');
    const reports = invitations.flatMap((view) => this.#reportIfVerified(view, trust));
    return { reports, unverified: invitations.length - reports.length };
  }

  async approve(
    id: InvitationId,
    { ca, safetyNumber }: { readonly ca: CertificateAuthority; readonly safetyNumber: string },
  ): Promise<InvitationReport> {
    const trust = await this.#trusted();
    const { view, report } = await this.#find(id, trust);
    if (view.request === undefined || report.safetyNumber === undefined) {
      throw new LiaisonError('conflict', 'No device has answered this invitation yet.', { check: 'ENR-09' });
    }
    requireSafetyNumber(report.safetyNumber, safetyNumber);
    this.#requireAnotherOfficer(report.invitation, trust);
    const publicKey = fromBase64url(view.request.publicKey);
    const certificate = certify(this.device, { grant: report.invitation, publicKey, ca, trust });
    const body = { outcome: 'approved', certificate: toBase64url(certificate) } as const;
    return this.#report(await this.hub.call('decideEnrolment', { params: { invitation: id }, body }), trust);
  }

  async refuse(id: InvitationId): Promise<InvitationReport> {
    const view = await this.hub.call('decideEnrolment', { params: { invitation: id }, body: { outcome: 'refused' } });
    return this.#report(view, await this.#trusted());
  }

  renewals(): Promise<RenewalReport[]> {
    return this.#renewals.renewals();
  }

  renewAll(...asked: Parameters<Administration['renewAll']>): Promise<DeviceAddress[]> {
    return this.#renewals.renewAll(...asked);
  }

  renew(...asked: Parameters<Administration['renew']>): Promise<Uint8Array> {
    return this.#renewals.renew(...asked);
  }

  /** Administrators hear of colleagues whose certificates run out, whether they have asked or not. */
  warn(): Promise<void> {
    return this.#renewals.warn();
  }

  revoke(...asked: Parameters<Administration['revoke']>): ReturnType<Administration['revoke']> {
    return this.#revocation.revoke(...asked);
  }

  revokeAll(...asked: Parameters<Administration['revokeAll']>): ReturnType<Administration['revokeAll']> {
    return this.#revocation.revokeAll(...asked);
  }

  async #trusted(): Promise<Trust> {
    await this.trust.refreshRoster(this.hub);
    return this.device.transact((transaction) => this.trust.current(transaction));
  }

  async #find(id: InvitationId, trust: Trust): Promise<{ view: InvitationView; report: InvitationReport }> {
    const { invitations } = await this.hub.call('listInvitations');
    for (const view of invitations) {
      const report = this.#reportIfVerified(view, trust)[0];
      if (report?.invitation.id === id) return { view, report };
    }
    throw new LiaisonError('not-found', 'There is no such invitation.', { check: 'ENR-08' });
  }

  #reportIfVerified(view: InvitationView, trust: Trust): InvitationReport[] {
    try {
      return [this.#report(view, trust)];
    } catch (error) {
      if (error instanceof LiaisonError) return [];
      throw error;
    }
  }

  #report(view: InvitationView, trust: Trust): InvitationReport {
    const { state, request, decision } = view;
    const { contactPoint, clock } = this.device;
    const crl = trust.revocationLists.get(contactPoint);
    const invitation = verifiedInvitation(view, { roster: trust.roster, crl, at: clock.now() });
    if (request !== undefined) requireProof(invitation, request);
    return {
      invitation,
      state,
      ...(request && {
        requestedAt: request.at,
        safetyNumber: enrolmentSafetyNumber(view.invitation, request.publicKey),
      }),
      ...(decision && { decision }),
    };
  }

  /** The hub asks it too; the key of the CA lies here. */
  #requireAnotherOfficer({ inviter }: Invitation, { roster }: Trust): void {
    const { contactPoint, address } = this.device;
    const point = roster.contactPoints.find(({ id }) => id === contactPoint);
    if (point?.administratorsToEnrol !== 2 || officerOf(inviter) !== officerOf(address)) return;
    const message = 'This contact point wants two administrators: another officer than the one who invited approves.';
    throw new LiaisonError('not-allowed', message, { check: 'ENR-10' });
  }
}

function requireProof({ id, origin }: Invitation, { publicKey, proof }: InvitationView['request'] & object): void {
  const signed = enrolmentSignedBytes({ invitation: id, origin, publicKey });
  if (verify('enrolment request', signed, fromBase64url(proof), fromBase64url(publicKey))) return;
  throw new LiaisonError('bad-signature', 'The request is not signed by the key that it brings.', { check: 'ENR-07' });
}
