import * as z from 'zod';
import { Timestamp } from './encoded.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';
import { ProofMethod } from './second-factor.js';

/** Sessions as their officer, or an administrator of the contact point, sees them: docs/spec/session.md. */

const SessionId = z.uuid();

/** A session that is not over. */
export const LiveSession = z.strictObject({
  id: SessionId,
  device: DeviceAddress,
  startedAt: Timestamp,
  /** Of its requests, to the minute. A socket says nothing here. */
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
  /** Where it was opened from, shortened: enough to know one's own office by. */
  network: z.string().max(40),
  /** That of the caller. */
  isThis: z.boolean(),
  /** The second proof by which the device is in now, for this session as for its others; absent where it has made none that still counts. */
  proof: z.strictObject({ method: ProofMethod, at: Timestamp }).optional(),
});
export type LiveSession = z.infer<typeof LiveSession>;

/** The newest first. */
export const LiveSessionList = z.strictObject({ sessions: z.array(LiveSession).max(LIMITS.sessionsListed) });

/** Whose: all devices of the caller's officer, or, for an administrator, of the contact point. */
export const SessionScope = z.enum(['own', 'contact-point']);
export type SessionScope = z.infer<typeof SessionScope>;

export const SessionsToEnd = z.strictObject({ sessions: z.array(SessionId).min(1).max(LIMITS.sessionsListed) });

/** Those that this call ended: what was over, absent or not the caller's is left out. */
export const EndedSessions = z.strictObject({ ended: z.array(SessionId) });
