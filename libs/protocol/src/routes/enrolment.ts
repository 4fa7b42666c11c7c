import * as z from 'zod';
import {
  EnrolmentDecision,
  EnrolmentRequest,
  EnrolmentState,
  InvitationId,
  InvitationList,
  InvitationUpload,
  InvitationView,
} from '../enrolment.js';
import { RenewalList, RenewalRequest, RenewalState, RenewedCertificate } from '../renewal.js';
import { type RouteContract, KIB } from './contract.js';

/** Devices that ask for a certificate, or for a newer one. */
export const enrolmentRoutes = {
  createInvitation: {
    method: 'POST',
    path: '/v1/invitations',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 8 * KIB,
    summary: "Invite an officer's new device: an administrator of its contact point, who signs the invitation.",
    body: InvitationUpload,
    response: InvitationView,
  },
  listInvitations: {
    method: 'GET',
    path: '/v1/invitations',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: "The newest invitations of the caller's contact point, for its administrators; for others there are none.",
    response: InvitationList,
  },
  requestEnrolment: {
    method: 'POST',
    path: '/v1/enrolments',
    auth: 'self-verifying',
    rate: 'enrol',
    bodyLimit: 4 * KIB,
    summary: 'A new device answers an invitation with the key that it made; the same again tells what was decided.',
    body: EnrolmentRequest,
    response: EnrolmentState,
  },
  decideEnrolment: {
    method: 'PUT',
    path: '/v1/invitations/:invitation/decision',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 8 * KIB,
    summary: 'An administrator gives the certificate that the contact point CA issued, or refuses; once.',
    params: z.strictObject({ invitation: InvitationId }),
    body: EnrolmentDecision,
    response: InvitationView,
  },
  requestRenewal: {
    method: 'POST',
    path: '/v1/renewals',
    auth: 'device',
    rate: 'write',
    bodyLimit: 8 * KIB,
    summary: 'A device asks to be certified for longer; the same again tells what has become of it.',
    body: RenewalRequest,
    response: RenewalState,
  },
  listRenewals: {
    method: 'GET',
    path: '/v1/renewals',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary:
      "Devices of the caller's contact point that wait for a certificate, for its administrators; for others there are none.",
    response: RenewalList,
  },
  giveRenewal: {
    method: 'POST',
    path: '/v1/renewals/certificates',
    auth: 'device',
    rate: 'write',
    bodyLimit: 8 * KIB,
    summary: 'An administrator brings a certificate that the contact point CA issued for a device that waits.',
    body: RenewedCertificate,
    response: RenewalState,
  },
} as const satisfies Record<string, RouteContract>;
