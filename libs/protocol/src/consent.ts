import * as z from 'zod';
import { Timestamp } from './encoded.js';
import { ContactPointId, RecordId } from './ids.js';

/** What a handling code, a colour or a releasability holds back until its originator consents. */
export const CONSENT_ACTS = ['forward', 'grant', 'proceedings', 'export'] as const;
export const ConsentAct = z.enum(CONSENT_ACTS);
export type ConsentAct = z.infer<typeof ConsentAct>;

/**
 * In the header of a record of kind `consent`, in reply to the record whose use is in question. In clear, so that the hub
 * can hold back what has no consent: it learns who may pass what on to whom, and nothing of what it says.
 */
export const ConsentTerms = z
  .strictObject({
    state: z.enum(['asked', 'given', 'refused', 'revoked']),
    act: ConsentAct,
    /** Whom the act may reach. None where it reaches no other contact point: use in the asker's own proceedings. */
    recipients: z.array(ContactPointId).max(250),
    /** Whose act it is: only these contact points may use the consent. */
    to: z.array(ContactPointId).min(1).max(250),
    expiresAt: Timestamp.optional(),
    /** The record that asked (of `given` and `refused`), or that gave what is revoked. */
    answers: RecordId.optional(),
  })
  .refine(
    (terms) => terms.state !== 'revoked' || terms.answers !== undefined,
    'a revocation names the consent (answers)',
  )
  .refine(
    (terms) => (terms.act !== 'forward' && terms.act !== 'grant') || terms.recipients.length > 0,
    'a consent to forward or to grant names its recipients',
  );
export type ConsentTerms = z.infer<typeof ConsentTerms>;
