import * as z from 'zod';
import { ContactPointId } from '../ids.js';
import {
  AllowanceOutcome,
  CredentialToRemove,
  ProofOffer,
  ProofOutcome,
  ProofPurpose,
  ProofTicket,
  RegistrationAllowance,
  SecondFactorStatus,
  TicketOpening,
  WebauthnProof,
} from '../second-factor.js';
import { SignedSignInPolicy } from '../sign-in-policy.js';
import { type RouteContract, KIB } from './contract.js';

const page = { method: 'GET', auth: 'public', rate: 'read', bodyLimit: 0 } as const;

/** The second proof of a session, and the policy that demands it. */
export const secondFactorRoutes = {
  putSignInPolicy: {
    method: 'PUT',
    path: '/v1/contact-points/:contactPoint/sign-in-policy',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 8 * KIB,
    summary: 'Publish a sign-in policy that the contact point CA has signed, with a higher number than the last.',
    params: z.strictObject({ contactPoint: ContactPointId }),
    body: SignedSignInPolicy,
    response: SignedSignInPolicy,
  },
  getSecondFactor: {
    method: 'GET',
    path: '/v1/second-factor',
    auth: 'device',
    halfOpen: true,
    rate: 'read',
    bodyLimit: 0,
    summary: 'Whether this session needs a second proof, and how it may be made.',
    response: SecondFactorStatus,
  },
  createProofTicket: {
    method: 'POST',
    path: '/v1/second-factor/tickets',
    auth: 'device',
    halfOpen: true,
    rate: 'write',
    bodyLimit: KIB,
    summary: 'A link that lets a browser make the proof for this session, or register a credential: once, for minutes.',
    body: z.strictObject({ purpose: ProofPurpose }),
    response: ProofTicket,
  },
  removeCredential: {
    method: 'POST',
    path: '/v1/second-factor/credentials/remove',
    auth: 'device',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary: "Remove a credential of the caller's officer; absent and foreign ones answer alike.",
    body: CredentialToRemove,
    response: z.strictObject({}),
  },
  allowRegistration: {
    method: 'POST',
    path: '/v1/second-factor/allowances',
    auth: 'device',
    rate: 'write',
    bodyLimit: KIB,
    summary: 'An administrator lets another officer of the contact point register a credential, or begin anew.',
    body: RegistrationAllowance,
    response: AllowanceOutcome,
  },
  openTicket: {
    method: 'POST',
    path: '/v1/second-factor/open',
    auth: 'self-verifying',
    rate: 'enrol',
    bodyLimit: KIB,
    summary: 'The page exchanges its ticket, once, for what it is to do.',
    body: TicketOpening,
    response: ProofOffer,
  },
  proveByWebauthn: {
    method: 'POST',
    path: '/v1/second-factor/webauthn',
    auth: 'self-verifying',
    rate: 'enrol',
    bodyLimit: 64 * KIB,
    summary: 'What the authenticator answered: registers it, or proves.',
    body: WebauthnProof,
    response: ProofOutcome,
  },
  secondFactorPage: {
    ...page,
    path: '/second-factor',
    summary: 'The page on which a proof is made.',
    produces: 'text/html',
  },
  secondFactorScript: {
    ...page,
    path: '/second-factor/page.js',
    summary: 'Its script.',
    produces: 'text/javascript',
  },
  secondFactorStyle: { ...page, path: '/second-factor/page.css', summary: 'Its style.', produces: 'text/css' },
} as const satisfies Record<string, RouteContract>;
