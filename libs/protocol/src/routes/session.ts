import * as z from 'zod';
import { EndedSessions, LiveSessionList, SessionScope, SessionsToEnd } from '../live-sessions.js';
import { AuthorityRelease, LockOrder, LockOutcome, LockQuery, LockRelease, OfficerLockList } from '../officer-lock.js';
import { Session, SessionChallenge, SessionRequest } from '../session.js';
import { type RouteContract, KIB } from './contract.js';

/** Signing in, sessions, and the lock of an officer's devices. */
export const sessionRoutes = {
  createChallenge: {
    method: 'POST',
    path: '/v1/session/challenge',
    auth: 'public',
    rate: 'sign-in',
    bodyLimit: KIB,
    summary: 'A nonce to sign.',
    body: z.strictObject({}),
    response: SessionChallenge,
  },
  createSession: {
    method: 'POST',
    path: '/v1/session',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 16 * KIB,
    summary: 'Sign in with a device certificate and a signature over the nonce.',
    body: SessionRequest,
    response: Session,
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/session',
    auth: 'device',
    halfOpen: true,
    rate: 'write',
    bodyLimit: 0,
    summary: 'End this session.',
  },
  listSessions: {
    method: 'GET',
    path: '/v1/sessions',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary:
      "Sessions of the caller's officer; of the contact point for its administrators, for others there are none.",
    query: z.strictObject({ scope: SessionScope.default('own') }),
    response: LiveSessionList,
  },
  endSessions: {
    method: 'POST',
    path: '/v1/sessions/end',
    auth: 'device',
    rate: 'write',
    bodyLimit: 16 * KIB,
    summary:
      "End sessions of the caller's officer, or, as an administrator, of the contact point; at once, everywhere.",
    body: SessionsToEnd,
    response: EndedSessions,
  },
  lockOfficer: {
    method: 'POST',
    path: '/v1/locks',
    auth: 'device',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary: 'Shut out all devices of an officer: their own, or, as an administrator, one of the contact point.',
    body: LockOrder,
    response: LockOutcome,
  },
  listLocks: {
    method: 'GET',
    path: '/v1/locks',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Locks of the contact point for its administrators, for others their own; those in force first.',
    query: LockQuery,
    response: OfficerLockList,
  },
  unlockOfficer: {
    method: 'POST',
    path: '/v1/locks/release',
    auth: 'device',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary:
      'An administrator, another than the locked officer, lets them in again; a second one where two are wanted.',
    body: LockRelease,
    response: LockOutcome,
  },
  unlockByAuthority: {
    method: 'POST',
    path: '/v1/locks/release-by-authority',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 4 * KIB,
    summary: "Let a locked officer in again by the signature of their contact point's CA.",
    body: AuthorityRelease,
    response: LockOutcome,
  },
} as const satisfies Record<string, RouteContract>;
