import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { sha256Node } from '#liaison/crypto.node';
import { toBase64url } from '#liaison/protocol';

/** It does not change while a connection lasts: TLS 1.3 does not negotiate again. */
const known = new WeakMap<TLSSocket, string>();

/**
 * The client certificate whose key the caller proved to hold when it opened this very connection: base64url of SHA-256 over the DER.
 * Undefined without one, and without TLS of our own: what a proxy says of it in a header is not looked at.
 */
export function presentedOn({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const before = known.get(socket);
  if (before !== undefined) return before;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const fingerprint = toBase64url(sha256Node(certificate.raw));
  known.set(socket, fingerprint);
  return fingerprint;
}

/** In constant time. */
export function isFingerprintOf(wanted: string, presented: string | undefined): boolean {
  const [left, right] = [Buffer.from(wanted), Buffer.from(presented ?? '')];
  return left.length === right.length && timingSafeEqual(left, right);
}
