import { httpTransport, type HubTransport, type TlsIdentity } from '#liaison/client';
import { isTls, reachHub, readAuthorities } from '#liaison/client.node';
import type { Environment } from './environment.js';

/** Makes the way to a hub. @param identity what to present on every connection. @throws LiaisonError `usage`. */
export type HubReach = (hubUrl: string, identity?: TlsIdentity) => Promise<HubTransport>;

export function hubReach({ hubAuthorities }: Pick<Environment, 'hubAuthorities'>): HubReach {
  return async (hubUrl, identity) => {
    // As the platform does: what stands in front of the hub for officers may speak an older TLS.
    if (!isTls(hubUrl) || (hubAuthorities === undefined && identity === undefined)) return httpTransport({ hubUrl });
    const authorities = hubAuthorities && (await readAuthorities(hubAuthorities));
    return reachHub(hubUrl, { ...(authorities && { authorities }), ...(identity && { identity }) });
  };
}
