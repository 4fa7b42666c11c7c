import { createPrivateKey } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Agent, request as send } from 'node:https';
import type { ManagerOptions } from 'socket.io-client';
import { equalBytes, LiaisonError, toBase64url } from '#liaison/protocol';
import { parseDeviceCertificate } from '#liaison/crypto';
import { type Exchange, type HttpAnswer, httpTransport, type Network } from './http-transport.js';
import type { HubTransport } from './hub-transport.js';
import type { TlsIdentity } from './tls-identity.js';

export interface TlsTransportOptions {
  /** Such as `https://hub.example`. */
  readonly hubUrl: string;
  /** After how many milliseconds a call is given up. Default 30,000. */
  readonly timeoutMs?: number;
  /** PEM: the authorities that may vouch for the hub. Default: those that Node trusts. */
  readonly authorities?: string;
  /** Default: no client certificate is presented. */
  readonly identity?: TlsIdentity;
}

/**
 * {@link httpTransport} over TLS 1.3 of Node (docs/spec/mutual-tls.md).
 * @throws LiaisonError `usage` for an address that is not https.
 */
export function tlsTransport({ authorities, identity, ...options }: TlsTransportOptions): HubTransport {
  if (!options.hubUrl.startsWith('https://')) {
    throw new LiaisonError(
      'usage',
      `${options.hubUrl} is not reached by TLS. Give an address that begins with https://.`,
    );
  }
  return httpTransport({ ...options, network: new TlsNetwork(authorities, identity) });
}

interface Presented {
  readonly cert: string;
  readonly key: string;
}

class TlsNetwork implements Network {
  #agent: Agent | undefined;
  #certificate: Uint8Array | undefined;
  #presented: Presented | undefined;

  constructor(
    private readonly authorities: string | undefined,
    private readonly identity: TlsIdentity | undefined,
  ) {}

  exchange({ url, body, ...asked }: Exchange): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const request = send(url, { ...asked, agent: this.#currentAgent() }, (response: IncomingMessage) => {
        resolve({ status: response.statusCode ?? 0, chunks: response });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** By an agent too: socket.io passes no lowest version on. */
  socketOptions() {
    const agent = this.#currentAgent();
    const options: Partial<ManagerOptions> = this.#tls();
    // Its types speak of the agents of browsers alone.
    return Object.assign(options, { agent });
  }

  /** Connections stay open for the calls after; what presents another certificate is another connection. */
  #currentAgent(): Agent {
    this.#look();
    // A session that were resumed would not prove the key again.
    this.#agent ??= new Agent({ ...this.#tls(), keepAlive: true, maxCachedSessions: 0, minVersion: 'TLSv1.3' });
    return this.#agent;
  }

  #tls() {
    return { ...(this.authorities !== undefined && { ca: this.authorities }), ...this.#presented };
  }

  #look(): void {
    const certificate = this.identity?.certificate();
    if (this.identity === undefined || certificate === undefined) return;
    if (this.#certificate !== undefined && equalBytes(certificate, this.#certificate)) return;
    // Calls that are under way on the old one's connections come to their end.
    this.#agent = undefined;
    this.#certificate = certificate;
    this.#presented = { cert: pemOf(certificate), key: keyOf(certificate, this.identity.signingSeed) };
  }
}

function pemOf(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The form that Node's TLS takes. It stays in the memory of this process. */
function keyOf(certificate: Uint8Array, signingSeed: Uint8Array): string {
  const x = toBase64url(parseDeviceCertificate(certificate).publicKey);
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: toBase64url(signingSeed), x }, format: 'jwk' });
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
