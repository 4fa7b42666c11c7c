import * as z from 'zod';
import { base64urlUpTo } from './encoded.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';

/**
 * Devices that have signed in, with the newest certificate that each showed, and the `earlier` ones that nobody has revoked.
 * The reader verifies each against the roster.
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
