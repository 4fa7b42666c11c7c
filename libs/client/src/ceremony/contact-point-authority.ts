import {
  type CertificateAuthority,
  createCertificateAuthority,
  parseCaCertificate,
  type Signer,
} from '#liaison/crypto';
import type { Clock, ContactPointId, RandomSource } from '#liaison/protocol';
import type { ContactPointPlan } from './community-plan.js';
import { DAY, wholeSecond } from './validity.js';

/** A CA outlives many device certificates; it is renewed by a new roster version. */
export const CA_YEARS = 10;

/** The contact point's own certificate authority: its administrators hold the key, the roster carries the certificate. */
export function foundAuthority<K extends Signer>(
  plan: Pick<ContactPointPlan, 'id' | 'names'>,
  key: K,
  ports: { readonly clock: Clock; readonly random: RandomSource },
  years = CA_YEARS,
): CertificateAuthority<K> {
  const commonName = `${plan.names['en'] ?? plan.id} contact point CA`;
  return certify({ contactPoint: plan.id, commonName, key, years }, ports);
}

/**
 * A later certificate for the same CA: same key, same name, so that what it has signed goes on being valid.
 * It counts from the roster version on that carries it.
 */
export function renewAuthority<K extends Signer>(
  { certificate, key }: CertificateAuthority<K>,
  ports: { readonly clock: Clock; readonly random: RandomSource },
  years = CA_YEARS,
): CertificateAuthority<K> {
  const { contactPoint, commonName } = parseCaCertificate(certificate);
  return certify({ contactPoint, commonName, key, years }, ports);
}

function certify<K extends Signer>(
  { years, ...ca }: { contactPoint: ContactPointId; commonName: string; key: K; years: number },
  ports: { readonly clock: Clock; readonly random: RandomSource },
): CertificateAuthority<K> {
  const notBefore = wholeSecond(ports.clock);
  return createCertificateAuthority({
    ...ca,
    notBefore,
    notAfter: notBefore + years * 365 * DAY,
    random: ports.random,
  });
}
