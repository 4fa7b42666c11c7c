import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, Timestamp } from './encoded.js';
import { LIMITS } from './limits.js';

/** How a device is certified for longer, with the key that is certified already: docs/spec/enrolment.md#renewal. */

/** `signature`: of {@link renewalSignedBytes}, context `renewal request`. */
export const RenewalRequest = z.strictObject({
  /** DER: the newest that the device has. */
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  at: Timestamp,
  signature: base64urlOf(64),
});
export type RenewalRequest = z.infer<typeof RenewalRequest>;

export const RENEWAL_CONTEXT = 'renewal request';

/** @param request its certificate as base64url. */
export function renewalSignedBytes({ certificate, at }: Pick<RenewalRequest, 'certificate' | 'at'>): Uint8Array {
  return utf8(canonicalJson({ at, certificate }));
}

/** What has become of a device's request. */
export const RenewalState = z.strictObject({
  state: z.enum(['requested', 'renewed']),
  /** DER; with `renewed`. */
  certificate: base64urlUpTo(LIMITS.certificateBytes).optional(),
});
export type RenewalState = z.infer<typeof RenewalState>;

/** Those that wait, of one contact point: the oldest first. */
export const RenewalList = z.strictObject({ renewals: z.array(RenewalRequest).max(LIMITS.renewalsListed) });

/** A certificate that the contact point CA issued for a device that has asked. */
export const RenewedCertificate = z.strictObject({ certificate: base64urlUpTo(LIMITS.certificateBytes) });
