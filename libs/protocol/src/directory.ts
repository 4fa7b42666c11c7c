import * as z from 'zod';
import { base64urlOf, base64urlUpTo } from './encoded.js';
import { ContactPointId, DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';

/**
 * Devices that have signed in, with the newest certificate that each showed, and the `earlier` ones, as far as they are in good standing;
 * to the own contact point also all others, where it asks for them. The reader verifies each against the roster.
 */
export const DeviceDirectory = z.strictObject({
  devices: z.array(
    z.strictObject({
      device: DeviceAddress,
      certificate: base64urlUpTo(LIMITS.certificateBytes),
      earlier: z.array(base64urlUpTo(LIMITS.certificateBytes)).optional(),
    }),
  ),
});
export type DeviceDirectory = z.infer<typeof DeviceDirectory>;

/** A contact point CA's certificate revocation list (RFC 5280), DER. */
export const RevocationList = z.strictObject({ crl: base64urlUpTo(LIMITS.crlBytes) });

/** Contact points whose lists a device wants, with SHA-256 of the DER of the one that it has: what it has is not sent again. */
export const WantedRevocationLists = z.strictObject({
  wanted: z
    .array(z.strictObject({ contactPoint: ContactPointId, known: base64urlOf(32).optional() }))
    .min(1)
    .max(LIMITS.revocationListsPerCall),
});
export type WantedRevocationLists = z.infer<typeof WantedRevocationLists>;

/**
 * What was wanted and is nowhere in the answer does not exist. `later`: ask again for these, one answer is bounded.
 * A hub that says `unchanged` says no more than one that sends the old list.
 */
export const RevocationListsAnswer = z.strictObject({
  lists: z.array(RevocationList.extend({ contactPoint: ContactPointId })).max(LIMITS.revocationListsPerCall),
  unchanged: z.array(ContactPointId).max(LIMITS.revocationListsPerCall),
  later: z.array(ContactPointId).max(LIMITS.revocationListsPerCall),
});
export type RevocationListsAnswer = z.infer<typeof RevocationListsAnswer>;

export const Health = z.strictObject({ status: z.enum(['ok', 'starting', 'stopping', 'unavailable']) });

/** What every refused call answers. `message` may be shown to an officer. */
export const ErrorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    check: z.string().optional(),
    retryAfterMs: z.int().optional(),
    requestId: z.string().optional(),
  }),
});
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;
