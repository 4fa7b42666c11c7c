import { join } from 'node:path';
import {
  ConnectorDevice,
  type ConnectorReport,
  openProfile,
  PROFILE_FILE,
  STORE_FOLDER,
  type TlsIdentity,
} from '#liaison/client';
import { isTls, keepCertificate, openDiskStore, readIfPresent } from '#liaison/client.node';
import { LiaisonError } from '#liaison/protocol';
import type { ConnectorHost } from './host.js';
import type { ConnectorOptions } from './options.js';
import { passphraseIn } from './passphrase-in.js';
import { authoritiesIn } from './hub-authorities.js';

/** @returns whether all holds. @throws LiaisonError as `ConnectorDevice.check`. */
export async function check(options: ConnectorOptions, host: ConnectorHost): Promise<boolean> {
  const sealed = await readIfPresent(join(options.folder, PROFILE_FILE));
  if (sealed === undefined) throw new LiaisonError('usage', `There is no ${PROFILE_FILE} in ${options.folder}.`);
  const passphrase = await passphraseIn(options.passphraseFile);
  const profile = openProfile(sealed, passphrase);
  const hubUrl = options.hubUrl ?? profile.hubUrl;
  const tls = await authoritiesIn(options.hubAuthorities, hubUrl);
  const transport = (identity?: TlsIdentity) => host.transport(hubUrl, { ...tls, ...(identity && { identity }) });
  const { clock, random, wait, sealingCost: cost } = host;
  const store = await openDiskStore({ folder: join(options.folder, STORE_FOLDER), key: profile.storeKey, random });
  try {
    const device = await ConnectorDevice.open({ profile, store, transport, isTls: isTls(hubUrl), clock, random, wait });
    const report = await device.check();
    const { certificate } = device;
    await keepCertificate(options.folder, { profile, certificate }, { passphrase, random, ...(cost && { cost }) });
    for (const text of textsOf(report)) host.line(text);
    return report.alarms.length === 0;
  } catch (error) {
    if (error instanceof LiaisonError && error.code === 'unauthenticated') host.line(PROXY_HINT);
    throw error;
  } finally {
    await store.close();
  }
}

function textsOf(report: ConnectorReport): string[] {
  const { device, connectors, certifiedUntil, rosterVersion, revocationLists, logSize, sessions, alarms } = report;
  return [
    `${device} is signed in, ${CONNECTORS[connectors]}. Its certificate counts until ${certifiedUntil.slice(0, 10)}.`,
    `Verified: roster version ${rosterVersion}, revocation lists of ${revocationLists} contact points${logSize === undefined ? '' : `, a log of ${logSize} entries that only grew`}.`,
    `Sessions that were open, with this one, which is over: ${sessions}.`,
    ...alarms.map(({ check: id, message, at }) => `ALARM ${id}, ${at}: ${message}`),
  ];
}

const PROXY_HINT =
  'Where your contact point demands mutual TLS, the hub has to end TLS itself: a proxy that does keeps the certificate from it (docs/operations.md).';

const CONNECTORS = {
  any: 'as any device is',
  'mutual-tls': 'over mutual TLS, and the hub refuses its token elsewhere',
} as const;
