import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';

/**
 * Whom a request without a session is counted against: the address, or for IPv6 the /64 network, which is what one customer
 * is given. Behind reverse proxies express takes it from X-Forwarded-For, as far as they are trusted.
 */
export function networkOf({ ip = '' }: { readonly ip?: string | undefined }): string {
  const address = ip.replace(/^::ffff:/i, '');
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const [before, after] = [wordsOf(head), wordsOf(tail)];
  const zeros = address.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}

/** What the list of sessions shows: an IPv4 address without its last number. */
export function shortenedNetworkOf(request: { readonly ip?: string | undefined }): string {
  return networkOf(request).replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.*');
}

/**
 * The address of a request that did not pass through express, as express would derive it: each trusted proxy has appended the
 * address it was asked from to X-Forwarded-For, so what stands before theirs is anybody's claim.
 */
export function addressOf({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '');
  const hops = forwarded.split(',').map((address) => address.trim());
  const addresses = [socket.remoteAddress ?? '', ...hops.filter((address) => address !== '').reverse()];
  return addresses[Math.min(trustedProxies, addresses.length - 1)] ?? '';
}

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** Whether the caller sits on this machine and no proxy stands between. */
export function isDirectLoopback(request: Request): boolean {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
  const isLoopback = address === '::1' || address.startsWith('127.');
  return isLoopback && request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined;
}
