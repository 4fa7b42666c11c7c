import type { Request } from 'express';

/**
 * Whom a request without a session is counted against: the address, or for IPv6 the /64 network, which is what one customer
 * is given. Behind reverse proxies express takes it from X-Forwarded-For, as far as they are trusted.
 */
export function networkOf({ ip = '' }: Pick<Request, 'ip'>): string {
  const address = ip.replace(/^::ffff:/i, '');
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const [before, after] = [wordsOf(head), wordsOf(tail)];
  const zeros = address.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
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
