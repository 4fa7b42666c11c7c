import type { ParsedRecord } from './parsed-record.js';

/**
 * A record that its sender signed, that the sender may post, and that breaks no rule of its channel in the epoch it names.
 * Only record-admission.ts makes one; the sequencer takes nothing else.
 */
export type AuthenticatedRecord = ParsedRecord & { readonly [authenticated]: true };

declare const authenticated: unique symbol;
