import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { httpTransport, type HubTransport, type TlsIdentity } from '#liaison/client';
import { tlsTransport } from '#liaison/client.node';
import { LiaisonError } from '#liaison/protocol';

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

/** What `--hub-ca` names. @throws LiaisonError `usage`. */
export async function authoritiesIn(path: string | undefined, hubUrl: string): Promise<TlsWish> {
  if (path === undefined) return {};
  if (!isTls(hubUrl)) {
    throw new LiaisonError('usage', `--hub-ca is for hubs that are reached by https://, and this one is ${hubUrl}.`);
  }
  try {
    const authorities = await readFile(path, 'utf8');
    new X509Certificate(authorities);
    return { authorities };
  } catch (cause) {
    throw new LiaisonError('usage', `${path} cannot be read, or holds no certificate in PEM.`, { cause });
  }
}
