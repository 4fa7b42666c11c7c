import type { Command } from 'commander';
import { DeviceCertificateFile, readCeremonyFile, renewalRequest, renewedProfile } from '#liaison/client';
import { parseDeviceCertificate } from '#liaison/crypto';
import { decodeUntrustedRoster, fromBase64url, LiaisonError } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { type Desk, type GlobalOptions, withDesk } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { findPassphrase } from '../profile/passphrase.js';
import { passphraseSources } from '../profile/passphrase-sources.js';
import { writeProfile } from '../profile/profile-folder.js';
import type { Setting } from './setting.js';

interface RenewOptions extends GlobalOptions {
  readonly request?: string;
  readonly certificate?: string;
}

const HELP = `
A certificate lasts at most 180 days; "liaison whoami" tells until when. The request holds no secret: send it by whatever way.

  liaison --profile ~/liaison renew --request renewal.json
  (an administrator: liaison admin renew renewal.json --ca ca-bg.json --out renewed.json)
  liaison --profile ~/liaison renew --certificate renewed.json      the new certificate goes into every channel, too`;

export function registerRenew(program: Command, { host }: Setting): void {
  program
    .command('renew')
    .description('renew this device’s certificate before it runs out: same key, no safety number, the old key vouches')
    .option('--request <file>', 'where the request goes')
    .option('--certificate <file>', 'what an administrator gave back')
    .addHelpText('after', HELP)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<RenewOptions>();
      give(await renew(host, options), host.terminal, options.json);
    });
}

function renew(host: Host, options: RenewOptions): Promise<Answer> {
  if (options.request !== undefined) return ask(host, options, options.request);
  if (options.certificate !== undefined) return take(host, options, options.certificate);
  throw new LiaisonError(
    'usage',
    'Say which step: --request <file> to ask, --certificate <file> to take what came back.',
  );
}

async function ask(host: Host, options: RenewOptions, path: string): Promise<Answer> {
  await requireFree(path);
  return withDesk(host, options, async ({ profile }) => {
    await writeCeremonyFile(path, renewalRequest(profile, host.clock));
    const lines = [`Send ${path} to an administrator of your contact point: liaison admin renew.`];
    return { json: { device: profile.device, file: path }, lines: () => lines };
  });
}

/** The profile first: with it the device can sign in, and be interrupted. */
async function take(host: Host, options: RenewOptions, path: string): Promise<Answer> {
  const file = readCeremonyFile(DeviceCertificateFile, await readGiven(path), 'a device certificate');
  await withDesk(host, options, async ({ client, profile, folder }) => {
    await client.sync();
    const roster = decodeUntrustedRoster((await client.roster()).roster);
    const renewed = renewedProfile(profile, fromBase64url(file.certificate), { roster, at: host.clock.now() });
    const passphrase = await findPassphrase(folder, passphraseSources(host, options));
    await writeProfile(folder, renewed, { passphrase, ...host.sealing });
  });
  return withDesk(host, options, renewLeaves);
}

async function renewLeaves({ client, profile }: Desk): Promise<Answer> {
  await client.sync();
  const channels = (await client.channels()).filter(({ membership }) => membership === 'member');
  for (const { id } of channels) await client.updateKeys(id);
  const certificateNotAfter = new Date(parseDeviceCertificate(profile.certificate).notAfter).toISOString();
  const lines = [`${profile.device} is certified until ${certificateNotAfter}, in ${channels.length} channels.`];
  return { json: { device: profile.device, certificateNotAfter, channels: channels.length }, lines: () => lines };
}
