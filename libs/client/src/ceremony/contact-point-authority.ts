import { type CertificateAuthority, createCertificateAuthority, type SigningKey } from '#liaison/crypto';
import type { Clock, RandomSource } from '#liaison/protocol';
import type { ContactPointPlan } from './community-plan.js';
import { DAY, wholeSecond } from './validity.js';

/** A CA outlives many device certificates; it is replaced by a new roster version. */
const CA_DAYS = 10 * 365;

/** The contact point's own certificate authority: its administrators hold the key, the roster carries the certificate. */
export function foundAuthority(
  plan: ContactPointPlan,
  key: SigningKey,
  ports: { readonly clock: Clock; readonly random: RandomSource },
): CertificateAuthority {
  const notBefore = wholeSecond(ports.clock);
  return createCertificateAuthority({
    contactPoint: plan.id,
    commonName: `${plan.names['en'] ?? plan.id} contact point CA`,
    key,
    notBefore,
    notAfter: notBefore + CA_DAYS * DAY,
    random: ports.random,
  });
}
