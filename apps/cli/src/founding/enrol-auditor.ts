import { contactPointOfDevice, demoCommunity, joinDevice } from '#liaison/client';
import { readIfPresent, writeProfile } from '#liaison/client.node';
import { cryptoReady } from '#liaison/crypto';
import { type ContactPointId, DeviceAddress, fromUtf8, LiaisonError, SignedRoster } from '#liaison/protocol';
import type { Host } from '../host.js';
import { hasProfile } from '../profile/profile-folder.js';
import { DEMO_PASSPHRASE_COST, demoPassphrase } from './demo-passphrase.js';
import { demoPaths } from './demo-paths.js';
import { authorities } from './sealed-keys.js';

export interface EnrolledAuditor {
  readonly device: DeviceAddress;
  /** Its profile folder. */
  readonly profile: string;
  readonly already: boolean;
}

/**
 * Certifies a device for the auditor of a contact point of the demo, as its administrator would: it joins no channel, so that it has no
 * keys to any content.
 * @throws LiaisonError `not-found` where the demo is not founded, or has no such contact point.
 */
export async function enrolAuditor(
  host: Pick<Host, 'clock' | 'random' | 'reach'>,
  where: { readonly folder: string; readonly hubUrl: string; readonly contactPoint: ContactPointId },
  say: (text: string) => void,
): Promise<EnrolledAuditor> {
  await cryptoReady();
  const { folder, hubUrl, contactPoint } = where;
  const paths = demoPaths(folder);
  const device = DeviceAddress.parse(`${contactPoint}:auditor:audit-1`);
  const profile = paths.auditor(contactPoint);
  if (await hasProfile(profile)) return { device, profile, already: true };
  const file = await readIfPresent(paths.roster);
  const plan = demoCommunity();
  if (file === undefined || !plan.contactPoints.some(({ id }) => id === contactPoint)) {
    throw new LiaisonError(
      'not-found',
      `There is no ${contactPoint} in a demo community in ${folder}. "liaison demo found" founds it.`,
    );
  }
  const foundingRoster = SignedRoster.parse(JSON.parse(fromUtf8(file)));
  const passphrase = await demoPassphrase(paths, host.random);
  const ca = (await authorities({ ...host, plan, paths, passphrase, say })).get(contactPoint);
  if (ca === undefined) throw new LiaisonError('internal', `There is no certificate authority for ${contactPoint}.`);
  const planned = { address: device, officerName: `Auditor of ${contactPoint}`, duties: ['auditor'] } as const;
  const point = contactPointOfDevice(plan, planned);
  const made = joinDevice({ ca, point, device: planned, hubUrl, foundingRoster }, host);
  await writeProfile(profile, made, { passphrase, random: host.random, cost: DEMO_PASSPHRASE_COST });
  return { device, profile, already: false };
}
