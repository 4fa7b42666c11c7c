import { type Classification, type ContactPointId, isWithin, type SecurityAgreement } from '#liaison/protocol';
import { reason, type Reason } from './decision.js';

/** Up to here the community's own arrangement suffices: the ceilings that the roster gives its contact points. */
export const COMMUNITY_CEILING: Classification = 'RESTRICTED';

/** An agreement of the roster that covers this between the two, now. @param at milliseconds since 1970; days are UTC's. */
export function agreementBetween(
  a: ContactPointId,
  b: ContactPointId,
  classification: Classification,
  agreements: readonly SecurityAgreement[],
  at: number,
): SecurityAgreement | undefined {
  const day = new Date(at).toISOString().slice(0, 10);
  return agreements.find(
    ({ parties, upTo, validFrom, validTo = day }) =>
      parties.includes(a) &&
      parties.includes(b) &&
      isWithin(classification, upTo) &&
      validFrom <= day &&
      day <= validTo,
  );
}

/** Above the community's ceiling, each of `from` needs an agreement with each other contact point that it reaches. */
export function missingAgreements(
  classification: Classification,
  from: readonly ContactPointId[],
  recipients: readonly ContactPointId[],
  { agreements, at }: { readonly agreements: readonly SecurityAgreement[]; readonly at: number },
): Reason[] {
  if (isWithin(classification, COMMUNITY_CEILING)) return [];
  return from.flatMap((originator) => {
    const contactPoints = recipients.filter(
      (recipient) =>
        recipient !== originator &&
        agreementBetween(originator, recipient, classification, agreements, at) === undefined,
    );
    return contactPoints.length === 0 ? [] : [reason('no-agreement', { classification, originator, contactPoints })];
  });
}
