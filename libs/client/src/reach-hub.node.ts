import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LiaisonError } from '#liaison/protocol';
import { httpTransport } from './http-transport.js';
import type { HubTransport } from './hub-transport.js';
import type { TlsIdentity } from './tls-identity.js';
import { tlsTransport } from './tls-transport.node.js';

/** For hubs that are reached by https. */
export interface TlsWish {
  /** PEM: the authorities that may vouch for the hub. Default: those that Node trusts. */
  readonly authorities?: string;
  /** What to present on every connection. Default: nothing. */
  readonly identity?: TlsIdentity;
}

export function reachHub(hubUrl: string, tls: TlsWish): HubTransport {
  return isTls(hubUrl) ? tlsTransport({ hubUrl, ...tls }) : httpTransport({ hubUrl });
}

export function isTls(hubUrl: string): boolean {
  return hubUrl.startsWith('https://');
}

/** @returns PEM of a file that somebody named. @throws LiaisonError `usage`. */
export async function readAuthorities(path: string): Promise<string> {
  try {
    const authorities = await readFile(path, 'utf8');
    new X509Certificate(authorities);
    return authorities;
  } catch (cause) {
    throw new LiaisonError('usage', `${path} cannot be read, or holds no certificate in PEM.`, { cause });
  }
}
