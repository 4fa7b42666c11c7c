import { type ContactPointId, isWithin, type SecurityAgreement } from '#liaison/protocol';
import { COMMUNITY_CEILING, missingAgreements } from './agreements.js';
import { consentedRecipients, isConsentedTo } from './coverage.js';
import { retainsDeathPenalty } from './death-penalty.js';
import { decide, reason, type Decision, type Reason } from './decision.js';
import { tlpRank } from './marking-order.js';
import type { Source } from './source.js';

/**
 * Where what leaves this system goes. `partner`: another authority; `national-system`: case management of one's own contact
 * point; `archive`: its own record of what it had.
 */
export const EXPORT_PURPOSES = ['partner', 'national-system', 'archive'] as const;
export type ExportPurpose = (typeof EXPORT_PURPOSES)[number];

export interface Exporting {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly source: Source;
  readonly purpose: ExportPurpose;
  /** Of a `partner`: contact points of the roster that it goes to, where it goes to any. */
  readonly recipients?: readonly ContactPointId[];
  /** False where the export has no facts about persons, such as statistics. */
  readonly personalFacts?: boolean;
  readonly agreements: readonly SecurityAgreement[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function mayExport(context: Exporting): Decision {
  const { actor, source } = context;
  const { originators } = source;
  const personal = context.personalFacts ?? true;
  const consented = isConsentedTo(source, 'export', actor.contactPoint);
  return decide([
    source.withdrawn ? reason('withdrawn') : undefined,
    ...(personal && !consented ? againstPersonalFacts(source) : []),
    ...(context.purpose === 'partner' ? againstPartner(context) : []),
    context.purpose === 'national-system' && source.marking.tlp === 'RED' && !consented
      ? reason('tlp', { tlp: 'RED', originators, contactPoints: [actor.contactPoint] })
      : undefined,
  ]);
}

/** H1: in the actor's own proceedings, before a court or in a bundle for one. */
export function mayUseInProceedings(context: {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly source: Source;
}): Decision {
  const { actor, source } = context;
  const { originators, marking } = source;
  const consented = isConsentedTo(source, 'proceedings', actor.contactPoint);
  const penalty = marking.caveats.includes('death-penalty') && retainsDeathPenalty(actor.contactPoint);
  return decide([
    source.withdrawn ? reason('withdrawn') : undefined,
    marking.handling.includes('H1') && !consented ? reason('handling-h1', { originators }) : undefined,
    penalty && !consented ? reason('death-penalty', { originators, contactPoints: [actor.contactPoint] }) : undefined,
  ]);
}

function againstPersonalFacts({ marking, originators }: Source): (Reason | undefined)[] {
  return (['victim-consent', 'minor'] as const).map((caveat) =>
    marking.caveats.includes(caveat) ? reason(caveat, { originators }) : undefined,
  );
}

/** A partner is somebody else: with no contact point named, nobody knows who, and every restriction counts. */
function againstPartner(context: Exporting): (Reason | undefined)[] {
  const { actor, source, recipients = [] } = context;
  const { originators, marking } = source;
  const isCovered = consentedRecipients(source, 'export', actor.contactPoint);
  const consented = isConsentedTo(source, 'export', actor.contactPoint);
  const contactPoints = recipients.filter((recipient) => !isCovered(recipient));
  if (consented && contactPoints.length === 0) return againstLevel(context);
  const where = { originators, contactPoints };
  return [
    marking.handling.includes('H2') ? reason('handling-h2', where) : undefined,
    tlpRank(marking.tlp) >= tlpRank('GREEN') ? reason('tlp', { tlp: marking.tlp ?? '', ...where }) : undefined,
    marking.caveats.includes('asylum-seeker') ? reason('asylum-seeker', where) : undefined,
    marking.caveats.includes('death-penalty') ? reason('death-penalty', where) : undefined,
    ...againstLevel(context),
  ];
}

function againstLevel(context: Exporting): Reason[] {
  const { recipients = [] } = context;
  const { originators, marking } = context.source;
  const { classification } = marking;
  const missing = missingAgreements(classification, originators, recipients, context);
  const unknown = recipients.length === 0 && !isWithin(classification, COMMUNITY_CEILING);
  return unknown ? [reason('export-above-restricted', { classification })] : missing;
}
