import * as z from 'zod';
import { Session, SessionChallenge, SessionRequest } from '../session.js';
import { type RouteContract, KIB } from './contract.js';

/** Signing in. */
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
    rate: 'write',
    bodyLimit: 0,
    summary: 'End this session.',
  },
} as const satisfies Record<string, RouteContract>;
