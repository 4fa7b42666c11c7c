import type { Command } from 'commander';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  askForCertificate,
  beginEnrolment,
  DeviceCertificateFile,
  deviceRequest,
  deviceRequestSafetyNumber,
  type DeviceProfile,
  JoiningKitFile,
  openPending,
  type PendingEnrolment,
  profileFromCertificate,
  readCeremonyFile,
  readInvitationCode,
  requireOfKit,
  rosterFingerprint,
  sealPending,
  seedOf,
} from '#liaison/client';
import { readIfPresent, writePrivateFile, writeProfile } from '#liaison/client.node';
import { cryptoReady, signingKeyFromSeed } from '#liaison/crypto';
import { DeviceAddress, fromBase64url, LiaisonError } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { choosePassphrase, passphraseOf } from '../profile/passphrase.js';
import { passphraseSources } from '../profile/passphrase-sources.js';
import { chooseProfileFolder, ENROLMENT_FILE, hasProfile } from '../profile/profile-folder.js';
import { safeText } from '../terminal/safe-text.js';
import type { Setting } from './setting.js';

interface EnrolOptions extends GlobalOptions {
  readonly kit?: string;
  readonly invite?: string;
  readonly device?: string;
  readonly name?: string;
  readonly request?: string;
  readonly certificate?: string;
  readonly wait?: boolean;
}

const HELP = `
The device makes its own keys; they never leave it. First compare the joining kit with its printed page: liaison ceremony show.

Invited by an administrator:
  liaison --profile ~/liaison enrol --kit joining-kit.json --invite "0RX4Z 7K2QM ..." --wait
  Read the safety number to your administrator, by telephone or in person, never through the hub. Once they have approved, the same command ends.
  liaison --profile ~/liaison enrol                  asks again, any time later

By files, for the first administrator of a contact point:
  liaison --profile ~/liaison enrol --kit joining-kit.json --device bg:petrova:desk-1 --name "Мария Петрова" --request petrova.json
  (the holder of the CA: liaison admin certify petrova.json --ca ca-bg.json ...)
  liaison --profile ~/liaison enrol --certificate petrova-certificate.json`;

const POLL_MS = 5000;

export function registerEnrol(program: Command, { host }: Setting): void {
  program
    .command('enrol')
    .description('make this machine a device of the community: keys, request, certificate, profile')
    .option('--kit <file>', 'the joining kit of your contact point')
    .option('--invite <code>', 'the code that your administrator gave you')
    .option('--device <address>', 'without an invitation: who it will be, such as bg:petrova:desk-1')
    .option('--name <name>', 'without an invitation: your name, as it will stand in the certificate')
    .option('--request <file>', 'without an invitation: where the request for the holder of the CA goes')
    .option('--certificate <file>', 'what the holder of the CA gave back')
    .option('--wait', 'ask every few seconds until it is decided')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<EnrolOptions>();
      await cryptoReady();
      const folder = chooseProfileFolder(options, host.environment);
      if (await hasProfile(folder)) {
        throw new LiaisonError(
          'conflict',
          `There is a device profile in ${folder} already. Name another folder with --profile.`,
        );
      }
      give(await enrol(host, folder, options), host.terminal, options.json);
    });
}

function pendingPath(folder: string): string {
  return join(folder, ENROLMENT_FILE);
}

async function enrol(host: Host, folder: string, options: EnrolOptions): Promise<Answer> {
  const sealed = await readIfPresent(pendingPath(folder));
  if (sealed === undefined) return begin(host, folder, options);
  if (options.kit !== undefined || options.invite !== undefined) {
    throw new LiaisonError(
      'conflict',
      `An enrolment waits in ${folder} already: go on without --kit and --invite, or name another folder.`,
    );
  }
  const passphrase = await passphraseOf(folder, passphraseSources(host, options));
  const pending = openPending(sealed, passphrase);
  if (options.certificate === undefined) return ask(host, { folder, pending, passphrase }, options);
  const file = readCeremonyFile(DeviceCertificateFile, await readGiven(options.certificate), 'a device certificate');
  const profile = profileFromCertificate(pending, fromBase64url(file.certificate), host.clock.now());
  return finish(host, { folder, passphrase }, profile);
}

async function begin(host: Host, folder: string, options: EnrolOptions): Promise<Answer> {
  if (options.kit === undefined)
    throw new LiaisonError('usage', 'Name the joining kit of your contact point: --kit joining-kit.json.');
  const kit = readCeremonyFile(JoiningKitFile, await readGiven(options.kit), 'a joining kit');
  const way = options.invite === undefined ? deviceOf(options, kit) : readInvitationCode(options.invite);
  if (options.request !== undefined) await requireFree(options.request);
  const pending = beginEnrolment(kit, way, host.random);
  const passphrase = await choosePassphrase(folder, passphraseSources(host, options));
  await writePrivateFile(pendingPath(folder), sealPending(pending, passphrase, host.sealing));
  host.terminal.remark(`Keys made and sealed in ${folder}. Roster ${rosterFingerprint(kit.roster.roster)}`);
  return options.invite === undefined ? request(pending, options) : ask(host, { folder, pending, passphrase }, options);
}

function deviceOf({ device, name, request: out }: EnrolOptions, kit: PendingEnrolment['kit']): DeviceAddress {
  const parsed = DeviceAddress.safeParse(device);
  if (!parsed.success || name === undefined || out === undefined) {
    throw new LiaisonError(
      'usage',
      'Give the code of your invitation with --invite; or, without one, --device, --name and --request.',
    );
  }
  requireOfKit(parsed.data, kit);
  return parsed.data;
}

async function request(pending: PendingEnrolment, { name = '', request: out = '' }: EnrolOptions): Promise<Answer> {
  const { device } = pending;
  if (device === undefined) throw new LiaisonError('internal', 'This enrolment names no device.');
  const file = deviceRequest(device, name, signingKeyFromSeed(seedOf(pending)));
  await writeCeremonyFile(out, file);
  const safetyNumber = deviceRequestSafetyNumber(file);
  return {
    json: { state: 'requested', device, file: out, safetyNumber },
    lines: () => [`Bring ${out} to the holder of the CA, and read them this safety number:`, `  ${safetyNumber}`],
  };
}

interface Waiting {
  readonly folder: string;
  readonly pending: PendingEnrolment;
  readonly passphrase: string;
}

async function ask(host: Host, waiting: Waiting, options: EnrolOptions): Promise<Answer> {
  const { pending } = waiting;
  const transport = await host.reach(options.hub ?? host.environment.hubUrl ?? pending.kit.hubUrl);
  let told = false;
  for (;;) {
    const progress = await askForCertificate(pending, transport, host.clock.now());
    const { invitation, safetyNumber, state } = progress;
    if (state === 'approved') return finish(host, waiting, progress.profile);
    const { device, officerName, clearance, duties } = invitation;
    const lines = [
      `You are invited as ${safeText(officerName)}, ${device}, cleared for ${clearance}; ${duties.join(', ')}.`,
      `Read this safety number to your administrator, by telephone or in person:`,
      `  ${safetyNumber}`,
    ];
    if (state === 'refused') {
      throw new LiaisonError(
        'not-allowed',
        `Your administrator refused ${device}. Ask them why; ${waiting.folder} may be removed.`,
      );
    }
    if (options.wait !== true || host.stop.aborted) {
      const later = 'Once they have approved: liaison enrol, with the same profile folder.';
      return { json: { state, device, safetyNumber }, lines: () => [...lines, later] };
    }
    if (!told) for (const line of lines) host.terminal.remark(line);
    told = true;
    await host.wait(POLL_MS);
  }
}

async function finish(
  host: Host,
  { folder, passphrase }: Pick<Waiting, 'folder' | 'passphrase'>,
  profile: DeviceProfile,
): Promise<Answer> {
  await writeProfile(folder, profile, { passphrase, ...host.sealing });
  await rm(pendingPath(folder), { force: true });
  return {
    json: { state: 'approved', device: profile.device, profile: folder },
    lines: () => [`This machine is ${profile.device}. Next: liaison --profile ${folder} sync`],
  };
}
