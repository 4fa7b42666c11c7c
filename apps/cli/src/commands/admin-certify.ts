import type { Command } from 'commander';
import {
  certifyRequest,
  deviceRequestSafetyNumber,
  DeviceRequestFile,
  readCeremonyFile,
  RenewalRequestFile,
  requireSafetyNumber,
} from '#liaison/client';
import { cryptoReady, parseDeviceCertificate } from '#liaison/crypto';
import { fromBase64url, toBase64url } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import { minute, readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { grantLines, grantOf, type GrantOptions, withGrant } from './grant-options.js';
import { answerAtDesk, type Setting } from './setting.js';

interface FileOptions extends GlobalOptions, CaOptions {
  readonly out: string;
  readonly yes?: boolean;
}

interface CertifyOptions extends FileOptions, GrantOptions {
  readonly safetyNumber: string;
}

const RENEW_HELP = `
The request and the certificate go by file; your own device (--profile, --hub) asks the hub for the newest roster and revocation list, for what was revoked is not renewed.
On a machine without a network only "liaison admin certify" works: enrol the device anew.`;

/** `admin certify`, `admin renew`: what goes by file. */
export function registerAdminCertify(admin: Command, setting: Setting): void {
  registerCertify(admin, setting);
  registerRenewal(admin, setting);
}

function registerCertify(admin: Command, { host }: Setting): void {
  withCaOptions(withGrant(admin.command('certify').argument('<request>', 'what "liaison enrol --request" wrote')))
    .description('certify a device by file, on the machine of the CA; no network')
    .requiredOption('--safety-number <digits>', 'as the officer reads it from the new device')
    .requiredOption('--out <file>', 'where the certificate goes')
    .option('--yes', 'do not ask')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CertifyOptions>();
      await cryptoReady();
      await requireFree(options.out);
      const request = readCeremonyFile(DeviceRequestFile, await readGiven(path), 'a device’s request');
      requireSafetyNumber(deviceRequestSafetyNumber(request), options.safetyNumber);
      const grant = grantOf(options);
      await confirm(
        host,
        { word: 'certify', lines: grantLines(request.device, request.officerName, grant) },
        options.yes,
      );
      const certificate = await withAuthority(host, options, (ca) =>
        Promise.resolve(certifyRequest(request, { ...grant, ca }, host)),
      );
      await writeCeremonyFile(options.out, {
        type: 'liaison-device-certificate',
        v: 1,
        certificate: toBase64url(certificate),
      });
      const { device } = request;
      await minute(host.clock, options.out, { step: 'device certified', device, ...grant });
      const lines = [`${device} is certified: ${options.out}. There: liaison enrol --certificate ${options.out}`];
      give({ json: { file: options.out, device, ...grant }, lines: () => lines }, host.terminal, options.json);
    });
}

function registerRenewal(admin: Command, setting: Setting): void {
  withCaOptions(admin.command('renew').argument('<request>', 'what "liaison renew --request" wrote'))
    .description('a further certificate for a device that is in good standing: same key, clearance and duties')
    .requiredOption('--out <file>', 'where the certificate goes')
    .option('--yes', 'do not ask')
    .addHelpText('after', RENEW_HELP)
    .action((path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<FileOptions>();
      return answerAtDesk(setting, options, async ({ client }) => {
        await requireFree(options.out);
        const request = readCeremonyFile(RenewalRequestFile, await readGiven(path), 'a renewal request');
        const { device, officerName, clearance, duties } = parseDeviceCertificate(fromBase64url(request.certificate));
        const lines = grantLines(device, officerName, { clearance, duties });
        await confirm(setting.host, { word: 'renew', lines }, options.yes);
        await client.sync();
        const certificate = await withAuthority(setting.host, options, (ca) =>
          client.administration.renew(request, ca),
        );
        const file = { type: 'liaison-device-certificate', v: 1, certificate: toBase64url(certificate) };
        await writeCeremonyFile(options.out, file);
        await minute(setting.host.clock, options.out, { step: 'certificate renewed', device });
        const { notAfter } = parseDeviceCertificate(certificate);
        const certificateNotAfter = new Date(notAfter).toISOString();
        return {
          json: { file: options.out, device, certificateNotAfter },
          lines: () => [
            `${device} is certified until ${certificateNotAfter}. There: liaison renew --certificate ${options.out}`,
          ],
        };
      });
    });
}
