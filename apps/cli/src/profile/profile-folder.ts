import { join, resolve } from 'node:path';
import { type DeviceProfile, openProfile, PROFILE_FILE, STORE_FOLDER } from '#liaison/client';
import { ContactPointId, LiaisonError } from '#liaison/protocol';
import { demoFolder, type Environment } from '../config/environment.js';
import { readIfPresent } from '#liaison/client.node';

/** What waits in a profile folder for a certificate. */
export const ENROLMENT_FILE = 'enrolment.json';

/** A profile folder holds `profile.json`, sealed by a passphrase, and `store/`, encrypted under a key in it. */
export function storeFolder(profileFolder: string): string {
  return join(profileFolder, STORE_FOLDER);
}

/**
 * Which profile a command means: `--profile`, `--as`, or LIAISON_PROFILE, in this order.
 * @throws LiaisonError `usage` where none is named.
 */
export function chooseProfileFolder(
  chosen: { readonly profile?: string | undefined; readonly as?: string | undefined },
  environment: Environment,
): string {
  if (chosen.profile !== undefined && chosen.as !== undefined) {
    throw new LiaisonError('usage', 'Give --profile or --as, not both: they may be two different devices.');
  }
  if (chosen.profile !== undefined) return resolve(chosen.profile);
  if (chosen.as !== undefined) return resolve(demoFolder(environment), contactPointArgument(chosen.as));
  if (environment.profile !== undefined) return resolve(environment.profile);
  throw new LiaisonError(
    'usage',
    'Whose device is this? Name its profile: --profile <folder>, LIAISON_PROFILE, or --as <contact point> in the demo.',
  );
}

/** @throws LiaisonError `not-found` where the folder has no profile; those of `openProfile`. */
export async function readProfile(folder: string, passphrase: string): Promise<DeviceProfile> {
  return openProfile(await readSealedProfile(folder), passphrase);
}

/** Before anybody is asked for a passphrase. @throws LiaisonError `not-found`. */
export async function requireProfile(folder: string): Promise<void> {
  await readSealedProfile(folder);
}

export async function hasProfile(folder: string): Promise<boolean> {
  return (await readIfPresent(join(folder, PROFILE_FILE))) !== undefined;
}

/** @throws LiaisonError `not-found`. */
async function readSealedProfile(folder: string): Promise<Uint8Array> {
  const sealed = await readIfPresent(join(folder, PROFILE_FILE));
  if (sealed !== undefined) return sealed;
  if ((await readIfPresent(join(folder, ENROLMENT_FILE))) !== undefined)
    throw new LiaisonError(
      'not-found',
      `The device in ${folder} waits for its certificate: nothing else can be done with it yet. Where an administrator invited it, read them the safety number; "liaison --profile ${folder} enrol" shows it and asks whether they have approved. By files: "enrol --certificate <what the holder of the CA gave back>".`,
    );
  throw new LiaisonError(
    'not-found',
    `There is no device profile in ${folder}. "liaison demo found" makes those of the demo; "npm start" does it by itself.`,
  );
}

function contactPointArgument(text: string): ContactPointId {
  const parsed = ContactPointId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `--as takes a contact point, such as bg. This is none: ${JSON.stringify(text)}.`);
}
