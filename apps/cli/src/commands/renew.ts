import type { Command } from 'commander';
import { DeviceCertificateFile, type LiaisonClient, readCeremonyFile } from '#liaison/client';
import { parseDeviceCertificate } from '#liaison/crypto';
import { fromBase64url, LiaisonError } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { type GlobalOptions, withDesk } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import type { Setting } from './setting.js';

interface RenewOptions extends GlobalOptions {
  readonly request?: string;
  readonly certificate?: string;
}

const HELP = `
A certificate lasts at most 180 days; "liaison whoami" tells until when. A device that is used asks for the next one by itself, in the last 60 of them, and takes it with a sync
after an administrator has run "liaison admin renewals". By file, where that is not the way; the request holds no secret:

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
  return withDesk(host, options, async ({ client }) => {
    await writeCeremonyFile(path, { type: 'liaison-renewal-request', v: 1, ...client.renewalRequest() });
    const lines = [`Send ${path} to an administrator of your contact point: liaison admin renew.`];
    return { json: { device: client.device, file: path }, lines: () => lines };
  });
}

async function take(host: Host, options: RenewOptions, path: string): Promise<Answer> {
  const file = readCeremonyFile(DeviceCertificateFile, await readGiven(path), 'a device certificate');
  return withDesk(host, options, async ({ client }) => {
    await client.sync();
    await client.takeCertificate(fromBase64url(file.certificate));
    // Puts it into every channel.
    await client.sync();
    return renewedAnswer(client);
  });
}

async function renewedAnswer(client: LiaisonClient): Promise<Answer> {
  const channels = (await client.channels()).filter(({ membership }) => membership === 'member');
  const certificateNotAfter = new Date(parseDeviceCertificate(client.certificate).notAfter).toISOString();
  const lines = [`${client.device} is certified until ${certificateNotAfter}, in ${channels.length} channels.`];
  return { json: { device: client.device, certificateNotAfter, channels: channels.length }, lines: () => lines };
}
