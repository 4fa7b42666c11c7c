import { constants, X509Certificate } from 'node:crypto';
import type { Configuration } from '../config/configuration.js';

/** Also how long the end of the hub may wait for connections that never get so far: nothing but this knows of them. */
const HANDSHAKE_MS = 5_000;

/**
 * TLS that ends at the hub: everybody is asked for a client certificate, nobody needs one, and none is believed for its issuer. Who is bound
 * to one is checked call by call. TLS 1.3 alone: it hides the client's certificate, and cannot be negotiated again.
 */
export function tlsOptions(tls: NonNullable<Configuration['tls']>) {
  return {
    cert: tls.certificate,
    key: tls.key,
    requestCert: true,
    rejectUnauthorized: false,
    // Named as the only issuer that is wanted, so that browsers do not ask officers to choose a certificate.
    ca: new X509Certificate(tls.certificate).toString(),
    minVersion: 'TLSv1.3',
    // With no session store of our own nothing is resumed: each connection proves the key of its certificate.
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: HANDSHAKE_MS,
  } as const;
}
